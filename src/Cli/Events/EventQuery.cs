using System.Runtime.CompilerServices;
using System.Text;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Events;

/// <summary>One end of a range of events: a position in the log, or a time.</summary>
internal readonly record struct Bound(LogPosition? Position, DateTimeOffset? Time)
{
    public override string ToString() => Position?.ToString() ?? Time?.UtcDateTime.ToString("O") ?? "";
}

/// <summary>Which events are asked for, and in which order. What is not given asks nothing.</summary>
internal sealed record EventQuery
{
    public string? Stream { get; init; }

    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Events of his stream, and those that name him.</summary>
    public UserId? User { get; init; }

    public Guid? Correlation { get; init; }

    /// <summary>The first event, or the earliest time; inclusive.</summary>
    public Bound From { get; init; }

    /// <summary>The last event, or the latest time; inclusive.</summary>
    public Bound To { get; init; }

    public bool Backwards { get; init; }

    /// <summary>Goes on with what comes, until cancelled.</summary>
    public bool Follow { get; init; }

    public long Limit { get; init; } = long.MaxValue;

    /// <summary>The events, page by page, and how far the log has been seen with each. A page may be empty.</summary>
    public async IAsyncEnumerable<LogPage> ReadAsync(IEventLog log, [EnumeratorCancellation] CancellationToken cancel)
    {
        var left = Limit;
        var user = User is { } asked ? Encoding.ASCII.GetBytes(asked.ToString()) : null;
        var correlation = Correlation is { } id ? Encoding.ASCII.GetBytes(id.ToString()) : null;
        await foreach (var page in PagesAsync(log, cancel))
        {
            var events = page.Events.Where(recorded => Matches(recorded, user, correlation)).ToList();
            if (events.Count > left) events.RemoveRange((int)left, events.Count - (int)left);
            left -= events.Count;
            yield return page with { Events = events };
            if (left == 0 || IsBeyond(page)) yield break;
        }
    }

    /// <summary>The same events, but for those up to a position.</summary>
    public EventQuery After(LogPosition seen) => From.Position is { } first && first > seen
        ? this
        : this with { From = From with { Position = new(seen.Value + 1) } };

    /// <summary>The filters as options would say them; empty where everything is asked for.</summary>
    public override string ToString() => string.Join(' ', new[]
    {
        Stream is null ? null : $"stream={Stream}",
        Categories.Count == 0 ? null : $"category={string.Join(',', Categories)}",
        Types.Count == 0 ? null : $"type={string.Join(',', Types)}",
        User is null ? null : $"user={User}",
        Correlation is null ? null : $"correlation={Correlation}",
        From == default ? null : $"from={From}",
        To == default ? null : $"to={To}",
        Backwards ? "backwards" : null,
        Follow ? "follow" : null,
        Limit == long.MaxValue ? null : $"limit={Limit}",
    }.Where(filter => filter is not null));

    private IAsyncEnumerable<LogPage> PagesAsync(IEventLog log, CancellationToken cancel)
    {
        var filter = new LogFilter
        {
            Categories = Categories,
            Types = Types,
            StreamPrefixes = Stream is null ? [] : [Stream],
        };
        if (Backwards)
            return AllAsync(log, filter, To.Position is { } last && last < LogPosition.End ? new(last.Value + 1) : LogPosition.End, cancel);

        var after = From.Position is { } first ? new LogPosition(Math.Max(0, first.Value - 1)) : LogPosition.Start;
        return Follow ? log.SubscribeAsync(after, filter, cancel: cancel) : AllAsync(log, filter, after, cancel);
    }

    private async IAsyncEnumerable<LogPage> AllAsync(
        IEventLog log, LogFilter filter, LogPosition from, [EnumeratorCancellation] CancellationToken cancel)
    {
        const int pageSize = 512;
        var direction = Backwards ? ReadDirection.Backwards : ReadDirection.Forwards;
        for (var isEnd = false; !isEnd;)
        {
            cancel.ThrowIfCancellationRequested();
            var page = await log.ReadAllAsync(from, pageSize, filter, direction, cancel);
            yield return page;
            (from, isEnd) = (page.Position, page.IsEnd);
        }
    }

    // Bytes are compared before anything is parsed: nearly all events are of other people and other requests.
    private bool Matches(RecordedEvent recorded, byte[]? user, byte[]? correlation) =>
        (Stream is null || recorded.Stream == Stream)
        && IsAfter(From, recorded) && IsBefore(To, recorded)
        && (user is null || recorded.Stream.EndsWith(User.ToString()!, StringComparison.Ordinal) || recorded.Data.Span.IndexOf(user) >= 0)
        && (correlation is null || (recorded.Metadata.Span.IndexOf(correlation) >= 0 && EventRows.MetadataOf(recorded)?.CorrelationId == Correlation));

    // Positions grow along the log; times nearly do, but clocks are set back, so no time ends the reading.
    private bool IsBeyond(LogPage page) => Backwards
        ? From.Position is { } first && page.Position <= first
        : To.Position is { } last && page.Position >= last;

    private static bool IsAfter(Bound bound, RecordedEvent recorded) =>
        (bound.Position is not { } position || recorded.Position >= position) && (bound.Time is not { } time || recorded.Created >= time);

    private static bool IsBefore(Bound bound, RecordedEvent recorded) =>
        (bound.Position is not { } position || recorded.Position <= position) && (bound.Time is not { } time || recorded.Created <= time);
}
