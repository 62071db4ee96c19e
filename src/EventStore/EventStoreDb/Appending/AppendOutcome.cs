using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.EventStoreDb.Appending;

/// <summary>What the server says to an append that it understood.</summary>
/// <param name="Position">Null when the server does not tell.</param>
/// <param name="Conflict">The stream is not where it was expected; <paramref name="Version"/> is where it is.</param>
internal readonly record struct AppendOutcome(long Version, LogPosition? Position, bool Conflict)
{
    public static AppendOutcome Done(long version, LogPosition? position) => new(version, position, Conflict: false);

    public static AppendOutcome At(long version) => new(version, Position: null, Conflict: true);

    /// <summary>A revision on the wire; some servers write "none" as the largest number.</summary>
    public static long VersionOf(ulong revision) => revision switch
    {
        ulong.MaxValue => StreamVersion.None,
        <= long.MaxValue => (long)revision,
        _ => throw new GrpcFormatException("The version of a stream is no version."),
    };
}

/// <summary>An append on its way: as the port was asked for it.</summary>
internal sealed record AppendAsked(string Stream, ExpectedVersion Expected, IReadOnlyList<EventToAppend> Events);
