namespace Cqrs.Domain.Identity;

/// <summary>
/// The names of streams: category, hyphen, id. Nothing personal is in them; a number appears only as a keyed hash.
/// </summary>
public static class StreamNames
{
    public const string Users = "user";

    public const string Connections = "connection";

    public const string Phones = "phone";

    public static string Of(UserId user) => $"{Users}-{user}";

    public static string Of(ConnectionId connection) => $"{Connections}-{connection}";

    /// <param name="key">The keyed hash of the number, as text.</param>
    public static string OfPhone(string key) => $"{Phones}-{key}";
}
