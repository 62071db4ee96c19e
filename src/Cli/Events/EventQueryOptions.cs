using System.CommandLine;
using System.CommandLine.Parsing;
using Cqrs.Cli.CommandLine;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Events;

/// <summary>The options that say which events are meant; the same for every verb that reads events.</summary>
/// <param name="isForFiles">For a verb that writes a file: its <c>--to</c> names the file, too, and the order is that of the log.</param>
internal sealed class EventQueryOptions(bool isForFiles = false)
{
    /// <summary>Points as a message shows them.</summary>
    public const string Example = $"4711, {Times.Examples}";

    private const string UpTo = "Up to this position or time, inclusive; a day means until its end";

    private readonly Option<string?> _stream = new("--stream") { Description = "Events of one stream, such as user-… or connection-…", HelpName = "name", CustomParser = Points.ParseName };
    private readonly Option<string[]> _category = new("--category") { Description = "Streams of a category: phone, user, connection, audit", AllowMultipleArgumentsPerToken = true, HelpName = "name", CustomParser = Points.ParseNames };
    private readonly Option<string[]> _type = new("--type") { Description = "Events of a type, such as invite-sent.v1; may be repeated", AllowMultipleArgumentsPerToken = true, HelpName = "name", CustomParser = Points.ParseNames };
    private readonly Option<Guid?> _user = new("--user") { Description = "Events of a user's stream, and those that name them", HelpName = "id", CustomParser = Points.ParseId };
    private readonly Option<Guid?> _correlation = new("--correlation") { Description = "Everything that followed from one request", HelpName = "id", CustomParser = Points.ParseId };
    private readonly Option<Bound> _from = new("--from") { Description = "From this position or time on, inclusive: 4711, 2026-11-23, 2026-11-23T10:00Z", HelpName = "bound", CustomParser = ParseStart };
    private readonly Option<Bound> _to = isForFiles ? new("--until") { Description = UpTo, HelpName = "bound", CustomParser = ParseEnd } : new("--to", "--until") { Description = UpTo, HelpName = "bound", CustomParser = ParseEnd };
    private readonly Option<bool> _backwards = new("--backwards") { Description = "Newest first" };
    private readonly Option<long?> _limit = new("--limit") { Description = "At most so many events", HelpName = "n" };

    public void AddTo(Command command)
    {
        _limit.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<long?>() < 1) result.AddError("--limit must be 1 or more.");
        });
        Option[] which = [_stream, _category, _type, _user, _correlation, _from, _to];
        Option[] order = [_backwards, _limit];
        foreach (var option in isForFiles ? which : [.. which, .. order]) command.Options.Add(option);
    }

    public EventQuery Read(ParseResult parsed, bool follow) => new()
    {
        Stream = parsed.GetValue(_stream),
        Categories = parsed.GetValue(_category) ?? [],
        Types = parsed.GetValue(_type) ?? [],
        User = parsed.GetValue(_user) is { } user ? new UserId(user) : null,
        Correlation = parsed.GetValue(_correlation),
        From = parsed.GetValue(_from),
        To = parsed.GetValue(_to),
        Backwards = !isForFiles && parsed.GetValue(_backwards),
        Limit = isForFiles ? long.MaxValue : parsed.GetValue(_limit) ?? long.MaxValue,
        Follow = follow,
    };

    /// <summary>Reads the end of a range: a position or a time; a day means its last moment.</summary>
    public static bool TryParseEnd(string text, out Bound bound)
    {
        var isPoint = Points.TryParseEnd(text, out var point);
        bound = BoundOf(point);
        return isPoint;
    }

    private static Bound ParseEnd(ArgumentResult result) => BoundOf(Points.ParseEnd(result, "position", Example));

    private static Bound ParseStart(ArgumentResult result) => BoundOf(Points.ParseStart(result, "position", Example));

    private static Bound BoundOf((long? Position, DateTimeOffset? Time) point) =>
        new(point.Position is { } number ? new LogPosition(number) : null, point.Time);
}
