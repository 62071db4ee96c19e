using System.Collections.Immutable;

namespace Cqrs.Domain.Identity;

/// <summary>
/// The names of streams: category, hyphen, id. Nothing personal is in them; a number appears only as a keyed hash.
/// </summary>
public static class StreamNames
{
    public const string Users = "user";

    public const string Connections = "connection";

    public const string Phones = "phone";

    /// <summary>What was done to the log, by whom; no business of read models and relays.</summary>
    public const string Audits = "audit";

    /// <summary>Every category there is.</summary>
    public static readonly ImmutableArray<string> All = [Users, Connections, Phones, Audits];

    public static string Of(UserId user) => $"{Users}-{user}";

    public static string Of(ConnectionId connection) => $"{Connections}-{connection}";

    /// <param name="key">The keyed hash of the number, as text.</param>
    public static string OfPhone(string key) => $"{Phones}-{key}";

    /// <param name="day">In UTC. A stream for each day, so that none grows for ever.</param>
    public static string OfAudit(DateOnly day) => $"{Audits}-{day:yyyy-MM-dd}";
}
