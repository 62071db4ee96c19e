using System.Text.RegularExpressions;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using FilterOptions = Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.FilterOptions;

namespace Cqrs.Gateway.Reading;

/// <summary>
/// Which events of all a caller wants: those whose stream, or type, begins with one of some prefixes or matches an
/// expression of .NET's regular expressions. What the log can select by itself, it selects.
/// </summary>
internal sealed class EventFilter
{
    /// <summary>No filter.</summary>
    public static readonly EventFilter Everything = new(_ => true, pushed: null, checkpointInterval: 0);

    // As the server has it when a client names no window.
    private const uint DefaultWindow = 32;

    // Beyond these the log would prepare statements as long as a caller likes.
    private const int MostPrefixesPushed = 16;

    private const int LongestExpression = 4_096;

    // By the clock on the wall, which also runs while the process is held up: so it is tried again before it is given up.
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(100);
    private const int Attempts = 5;

    private readonly Func<RecordedEvent, bool> _matches;

    private EventFilter(Func<RecordedEvent, bool> matches, LogFilter? pushed, long checkpointInterval) =>
        (_matches, Pushed, CheckpointInterval) = (matches, pushed, checkpointInterval);

    /// <summary>The part of the filter that the log takes; what it lets through may still not match.</summary>
    public LogFilter? Pushed { get; }

    /// <summary>A subscriber hears of where he is after so many events that were looked at; 0: never.</summary>
    public long CheckpointInterval { get; }

    /// <summary>Every event that the log lets through is wanted.</summary>
    public bool IsExact => ReferenceEquals(this, Everything) || Pushed is not null;

    /// <exception cref="CallException">It is no filter.</exception>
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

    /// <exception cref="CallException">The expression takes too long.</exception>
    public bool Matches(RecordedEvent e) => _matches(e);

    private static bool HasPrefix(string text, string[] prefixes)
    {
        foreach (var prefix in prefixes)
            if (text.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }

    // Most expressions can be matched in one pass, whatever the text. Those with looking around or back cannot; such a
    // one may take too long, and then says so.
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
            throw Refusals.Invalid($"The filter's expression is none: {e.Error} at character {e.Offset}.");
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
                // Once more.
            }
            catch (RegexMatchTimeoutException)
            {
                throw new CallException(GrpcStatus.ResourceExhausted, $"The filter's expression takes too long, {Attempts} times {LongestMatch.TotalMilliseconds} ms for one name. Simplify it.");
            }
        }
    }
}
