using System.Text.RegularExpressions;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Grpc.Core;
using FilterOptions = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.FilterOptions;

namespace Cqrs.Gateway.Reading;

/// <summary>
/// Selects events of all streams by stream name or by event type: by prefixes, or by a regular expression of .NET. The
/// part that the log can select by itself goes down to the log.
/// </summary>
internal sealed class EventFilter
{
    /// <summary>No filter.</summary>
    public static readonly EventFilter Everything = new(_ => true, pushed: null, checkpointInterval: 0);

    // The server's own default, for a client that names no window.
    private const uint DefaultWindow = 32;

    // With more, the log's statements would grow with the caller's request.
    private const int MostPrefixesPushed = 16;

    private const int LongestExpression = 4_096;

    // The limit is wall-clock time, which also passes while the process is paused, so a match is tried again before it fails.
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(100);
    private const int Attempts = 5;

    private readonly Func<RecordedEvent, bool> _matches;

    private EventFilter(Func<RecordedEvent, bool> matches, LogFilter? pushed, long checkpointInterval) =>
        (_matches, Pushed, CheckpointInterval) = (matches, pushed, checkpointInterval);

    /// <summary>The part of the filter that the log takes. Its result may contain events that do not match.</summary>
    public LogFilter? Pushed { get; }

    /// <summary>Number of events between two checkpoints of a subscription; 0: no checkpoints.</summary>
    public long CheckpointInterval { get; }

    /// <summary>True when every event that the log returns matches.</summary>
    public bool IsExact => ReferenceEquals(this, Everything) || Pushed is not null;

    /// <exception cref="RpcException">The options are not a valid filter.</exception>
    public static EventFilter Of(FilterOptions options, bool subscription)
    {
        var window = options.WindowCase switch
        {
            FilterOptions.WindowOneofCase.Max when options.Max > 0 => options.Max,
            FilterOptions.WindowOneofCase.Count => DefaultWindow,
            _ => throw Refusals.Invalid("A filter needs a window: count, or a max of at least 1."),
        };
        if (subscription && options.CheckpointIntervalMultiplier == 0)
            throw Refusals.Invalid("The checkpoint interval multiplier of a filter must be at least 1.");
        var interval = (long)window * options.CheckpointIntervalMultiplier;
        switch (options.FilterCase)
        {
            case FilterOptions.FilterOneofCase.StreamIdentifier when options.StreamIdentifier.Regex.Length > 0:
                var streams = Expression(options.StreamIdentifier.Regex);
                return new(e => IsMatch(streams, e.Stream), pushed: null, interval);
            case FilterOptions.FilterOneofCase.StreamIdentifier:
                string[] prefixes = [.. options.StreamIdentifier.Prefix];
                var pushed = prefixes.Length is > 0 and <= MostPrefixesPushed && !prefixes.Any(prefix => prefix.Contains('\0'));
                return new(e => HasPrefix(e.Stream, prefixes), pushed ? new() { StreamPrefixes = prefixes } : null, interval);
            case FilterOptions.FilterOneofCase.EventType when options.EventType.Regex.Length > 0:
                var types = Expression(options.EventType.Regex);
                return new(e => IsMatch(types, e.Type), pushed: null, interval);
            case FilterOptions.FilterOneofCase.EventType:
                string[] beginnings = [.. options.EventType.Prefix];
                return new(e => HasPrefix(e.Type, beginnings), pushed: null, interval);
            default:
                throw Refusals.Invalid("A filter is by stream identifier or by event type.");
        }
    }

    /// <exception cref="RpcException">The expression takes too long.</exception>
    public bool Matches(RecordedEvent e) => _matches(e);

    private static bool HasPrefix(string text, string[] prefixes)
    {
        foreach (var prefix in prefixes)
            if (text.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }

    // Most expressions can be matched in one pass, in time linear in the text. Lookaround and backreferences need
    // backtracking, which may take too long; then the call fails.
    private static Regex Expression(string pattern)
    {
        if (pattern.Length > LongestExpression) throw Refusals.Invalid($"The filter's expression has more than {LongestExpression} characters.");
        try
        {
            return new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (NotSupportedException)
        {
            return new(pattern, RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (RegexParseException e)
        {
            throw Refusals.Invalid($"The filter's expression is invalid: {e.Error} at character {e.Offset}.");
        }
    }

    private static bool IsMatch(Regex expression, string text)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return expression.IsMatch(text);
            }
            catch (RegexMatchTimeoutException) when (attempt < Attempts)
            {
                // Try again: the process may have been paused.
            }
            catch (RegexMatchTimeoutException)
            {
                throw Refusals.Of(StatusCode.ResourceExhausted, $"The filter's expression takes too long, {Attempts} times {LongestMatch.TotalMilliseconds} ms for one name. Simplify it.");
            }
        }
    }
}
