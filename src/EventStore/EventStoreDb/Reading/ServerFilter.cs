using Cqrs.EventStore.Log;
using static Cqrs.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types;

namespace Cqrs.EventStore.EventStoreDb.Reading;

/// <summary>
/// What the server can leave out by itself. It takes one condition, on the stream's name or on the type; the rest of a
/// filter is asked of what it sends. Its own events, whose types begin with <c>$</c>, are never ours.
/// </summary>
internal sealed class ServerFilter
{
    private readonly LogMatch _match;
    private readonly FilterOptions _options;

    public ServerFilter(LogFilter? filter)
    {
        _match = new(filter);
        _options = filter switch
        {
            { Types.Count: > 0 } => new() { EventType = Prefixes(filter.Types) },
            { Categories.Count: > 0 } => new() { StreamIdentifier = new() { Regex = Regex(filter.Categories) } },
            { StreamPrefixes.Count: > 0 } => new() { StreamIdentifier = Prefixes(filter.StreamPrefixes) },
            _ => new() { EventType = new() { Regex = @"^[^\$]" } },
        };
    }

    /// <summary>For a search, and a subscription that catches up: a word on how far it has come after so many events.</summary>
    public FilterOptions InSteps() => With(max: 32, multiplier: 32);

    /// <summary>For a live subscription: each event that is left out moves the checkpoint, so that nobody waits for it in vain.</summary>
    public FilterOptions EventByEvent() => With(max: 1, multiplier: 1);

    public bool Matches(RecordedEvent e) => !IsOfServer(e) && _match.Matches(e);

    public static bool IsOfServer(RecordedEvent e) => e.Type.StartsWith('$');

    private FilterOptions With(uint max, uint multiplier)
    {
        var options = _options.Clone();
        options.Max = max;
        options.CheckpointIntervalMultiplier = multiplier;
        return options;
    }

    private static FilterOptions.Types.Expression Prefixes(IEnumerable<string> prefixes)
    {
        var expression = new FilterOptions.Types.Expression();
        expression.Prefix.AddRange(prefixes);
        return expression;
    }

    // A category is the name up to the first hyphen, or the whole name.
    private static string Regex(IEnumerable<string> categories) =>
        $@"^(?:{string.Join('|', categories.Select(System.Text.RegularExpressions.Regex.Escape))})(?:-|\z)";
}
