using Cqrs.Api.Composition;
using Cqrs.Commands.Idempotency;
using Cqrs.Commands.Squares;
using Cqrs.Commands.Users;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Relays;
using Cqrs.Projections.ChangedBits;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;

namespace Cqrs.Cli.Followers;

/// <summary>The kind of state that a follower of the log keeps; it decides which verb repairs it.</summary>
internal enum FollowerKind
{
    /// <summary>Sends messages; its checkpoint can be set.</summary>
    Relay,

    /// <summary>A process manager; its checkpoint can be set.</summary>
    Process,

    /// <summary>The connections-changed bits; all of them are set again.</summary>
    Bits,

    /// <summary>A read model; it is rebuilt.</summary>
    ReadModel,
}

/// <summary>Each follower of the log that a data folder holds, read from the files and judged against a log.</summary>
/// <param name="Checkpoint">Null where the follower has noted nothing yet.</param>
/// <param name="Fault">Null where the checkpoint fits the log.</param>
internal sealed record Follower(string Name, FollowerKind Kind, Checkpoint? Checkpoint, CheckpointFault? Fault)
{
    private static readonly IReadOnlyList<(string Name, FollowerKind Kind, string File)> WithCheckpoint =
    [
        (SquareKeeper.Name, FollowerKind.Process, SqliteCommandStore.FileName),
        (ForgettingProcess.Name, FollowerKind.Process, SqliteCommandStore.FileName),
        (RelayedCodes.RelayName, FollowerKind.Relay, SqliteDeliveries.FileName),
        (RelayedNews.RelayName, FollowerKind.Relay, SqliteDeliveries.FileName),
    ];

    private static readonly IReadOnlyList<ISqliteModel> Models = [new ConnectionsModel(), new UsersModel()];

    /// <summary>As it is written in tables and messages.</summary>
    public string KindText => Kind is FollowerKind.ReadModel ? "read model" : Kind.ToString().ToLowerInvariant();

    /// <summary>What <c>cqrs followers list</c> shows: <c>ok</c>, <c>new</c> or the code of the fault.</summary>
    public string State => Fault?.Code ?? (Checkpoint is null ? "new" : "ok");

    /// <summary>The verb that repairs the follower.</summary>
    public string Verb => Kind is FollowerKind.ReadModel ? Mismatches.RebuildVerb(Name) : Mismatches.ResetVerb(Name);

    /// <summary>Judges against a log that is open.</summary>
    public static Task<IReadOnlyList<Follower>> ExamineAsync(string folder, IEventLog log, CancellationToken cancel) => ExamineAsync(
        folder,
        (kind, checkpoint) => kind is FollowerKind.Bits
            ? ChangedBitsWriter.FaultAsync(log, checkpoint, cancel)
            : CheckpointCheck.FaultAsync(log, checkpoint, cancel));

    /// <summary>Reads the checkpoints; no file is made, and none is written to.</summary>
    public static async Task<IReadOnlyList<Follower>> ExamineAsync(
        string folder, Func<FollowerKind, Checkpoint, ValueTask<CheckpointFault?>> judge)
    {
        var found = new List<(string Name, FollowerKind Kind, Checkpoint? Checkpoint)>();
        foreach (var (name, kind, file) in WithCheckpoint) found.Add((name, kind, Load(Path.Combine(folder, file), name)));
        found.Add((ChangedBitsWriter.Name, FollowerKind.Bits, LoadMark(folder)));
        var models = ProjectionParts.FolderOf(folder);
        foreach (var model in Models) found.Add((model.Name, FollowerKind.ReadModel, ProjectionOverview.Read(models, model)?.Checkpoint));

        var followers = new List<Follower>();
        foreach (var (name, kind, checkpoint) in found)
            followers.Add(new(name, kind, checkpoint, checkpoint is null ? null : await judge(kind, checkpoint)));
        return followers;
    }

    private static Checkpoint? Load(string path, string name)
    {
        if (!File.Exists(path)) return null;
        using var tables = SqliteTables.OpenToRead(path);
        return tables.HasCheckpoint(name) ? tables.LoadCheckpoint(name) : null;
    }

    private static Checkpoint? LoadMark(string folder)
    {
        var path = Path.Combine(folder, SqliteMailboxes.FileName);
        if (!File.Exists(path)) return null;
        using var mailboxes = SqliteTables.OpenToRead(path);
        if (mailboxes.Number("SELECT position FROM mark") is not (> 0 and var mark)) return null;
        var anchored = Load(Path.Combine(ProjectionParts.FolderOf(folder), ChangedBitsWriter.FileName), ChangedBitsWriter.Name);
        return (anchored ?? Checkpoint.Start) with { Position = new(mark) };
    }
}
