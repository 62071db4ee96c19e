using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Survival.Tests.Audit;

namespace Cqrs.Survival.Tests.Load;

/// <summary>One command as a phone sends it.</summary>
internal sealed record Command(AppUser Who, string Path, string? Body, string? Key)
{
    /// <summary>The log had come at least so far when it was first sent.</summary>
    public long Since { get; } = Who.Seen;
}

/// <summary>An answer that has arrived.</summary>
internal sealed record Told(Command Command, int Status, string Text, long Position)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}

/// <summary>What the phones were told, and what they sent without ever getting an answer.</summary>
internal sealed class Journal
{
    private readonly Lock _lock = new();
    private readonly List<Told> _told = [];
    private List<Command> _cutOff = [];

    public IReadOnlyList<Told> Told
    {
        get
        {
            lock (_lock) return [.. _told];
        }
    }

    public int Count
    {
        get
        {
            lock (_lock) return _told.Count;
        }
    }

    public void Note(Told told)
    {
        lock (_lock) _told.Add(told);
    }

    public void NoteCutOff(Command command)
    {
        lock (_lock) _cutOff.Add(command);
    }

    /// <summary>The commands without an answer since this was asked last.</summary>
    public IReadOnlyList<Command> TakeCutOff()
    {
        lock (_lock)
        {
            var taken = _cutOff;
            _cutOff = [];
            return taken;
        }
    }

    /// <summary>Every answer that the log does not bear out.</summary>
    public IReadOnlyList<string> Broken(LogAudit audit)
    {
        var done = Told.Where(told => told.IsSuccess).ToList();
        return
        [
            .. done.Where(told => told.Position > audit.Head).Select(told => $"{told} lies beyond the head {audit.Head}"),
            .. done.Where(told => told.Command.Path == "/invites" || told.Command.Path.StartsWith("/connections/", StringComparison.Ordinal))
                .Where(told => !WasSeen(told, audit)).Select(told => $"{told} was never so"),
            .. TooFewInvites(done, audit),
        ];
    }

    private static bool WasSeen(Told told, LogAudit audit)
    {
        var answer = AppUser.Read<StepAnswer>(told.Text);
        var views = audit.ViewsOf(new(told.Command.Who.Id), new(answer.ConnectionId), told.Command.Since, told.Position);
        return views.Contains(answer.State);
    }

    // Each 201 is an invite, or an acceptance by a crossed one, of its own.
    private static IEnumerable<string> TooFewInvites(List<Told> done, LogAudit audit)
    {
        var made = audit.Events.Select(decoded => decoded.Event switch
        {
            InviteSent e => (By: e.Inviter, e.Connection),
            InviteAccepted e => (By: e.Invitee, e.Connection),
            _ => default,
        }).Where(one => one.By != default).ToLookup(one => one);
        return done
            .Where(told => told is { Status: 201, Command.Path: "/invites" })
            .GroupBy(told => (By: new UserId(told.Command.Who.Id), new ConnectionId(AppUser.Read<StepAnswer>(told.Text).ConnectionId)))
            .Where(group => group.DistinctBy(told => (object?)told.Command.Key ?? told.Command).Count() > made[group.Key].Count())
            .Select(group => $"{group.Key} was told of {group.Count()} invites");
    }
}

internal sealed record StepAnswer(Guid ConnectionId, ConnectionView State);
