using SQLitePCL;

namespace Cqrs.Cli.Sql;

/// <summary>
/// What SQLite itself asks before it compiles a statement: it may select, and of the files only what the views of this
/// session let through. https://www.sqlite.org/c3ref/set_authorizer.html
/// </summary>
internal sealed class SqlGuard(SqlViews views)
{
    public const string OnlyReads = "it would change something, and this command only reads";

    /// <summary>Why the statement is refused; null where it is not.</summary>
    public string? Refusal { get; private set; }

    public void Watch(sqlite3 connection) => raw.sqlite3_set_authorizer(connection, Authorize, null);

    /// <summary>Another statement comes.</summary>
    public void Reset() => Refusal = null;

    private int Authorize(object user, int action, string first, string second, string database, string view)
    {
        Refusal = action switch
        {
            raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE or raw.SQLITE_FUNCTION => Refusal,
            raw.SQLITE_READ when IsFile(database) && !views.Reads(view) => $"{first} of {database} cannot be asked itself: it holds what is sealed",
            raw.SQLITE_READ when first.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase) => $"{first} cannot be asked",
            raw.SQLITE_READ => Refusal,
            raw.SQLITE_PRAGMA => $"PRAGMA {first} is no question",
            raw.SQLITE_ATTACH or raw.SQLITE_DETACH => "other files cannot be attached",
            _ => OnlyReads,
        };
        return Refusal is null ? raw.SQLITE_OK : raw.SQLITE_DENY;
    }

    private static bool IsFile(string? database) => database is SqlViews.Log or SqlViews.Users or SqlViews.Connections;
}
