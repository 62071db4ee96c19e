using SQLitePCL;

namespace Cqrs.Cli.Sql;

/// <summary>
/// The authorizer of a session, which SQLite calls while it compiles a statement: a statement may select, and of the files
/// it reads only what the views of the session let through. https://www.sqlite.org/c3ref/set_authorizer.html
/// </summary>
internal sealed class SqlGuard(SqlViews views)
{
    public const string OnlyReads = "it would change something, and this command only reads";

    private readonly HashSet<(string Database, string Table)> _readByViews = [];

    /// <summary>Why the statement is refused; null where it is not.</summary>
    public string? Refusal { get; private set; }

    public void Watch(sqlite3 connection) => raw.sqlite3_set_authorizer(connection, Authorize, null);

    /// <summary>Prepares for another statement.</summary>
    public void Reset()
    {
        Refusal = null;
        _readByViews.Clear();
    }

    private int Authorize(object user, int action, string first, string second, string database, string view)
    {
        Refusal = action switch
        {
            raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE or raw.SQLITE_FUNCTION => Refusal,
            raw.SQLITE_READ when !MayRead(first, second, database, view) => IsFile(database)
                ? $"{first} of {database} cannot be queried directly, because it holds sealed data"
                : $"{first} cannot be asked",
            raw.SQLITE_READ => Refusal,
            raw.SQLITE_PRAGMA => $"PRAGMA {first} does not ask for data",
            raw.SQLITE_ATTACH or raw.SQLITE_DETACH => "other files cannot be attached",
            _ => OnlyReads,
        };
        return Refusal is null ? raw.SQLITE_OK : raw.SQLITE_DENY;
    }

    private bool MayRead(string table, string column, string? database, string? view)
    {
        // SQLite gives no database for a subquery or a common table expression, and for a table of which only rows are counted.
        if (!IsFile(database)) return database is null ? !IsOfSqlite(table) : views.MayBeAsked(table);
        if (views.Reads(view)) return _readByViews.Add((database!, table)) || true;

        // count(*) and "select 1" read no column. SQLite merges the view into the statement and then asks for the table
        // below it, without a column and without the view's name. Its rows may be counted where the view was allowed.
        return column.Length == 0 && _readByViews.Contains((database!, table));
    }

    private static bool IsOfSqlite(string table) =>
        table.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase) || table.StartsWith("pragma_", StringComparison.OrdinalIgnoreCase);

    private static bool IsFile(string? database) => database is SqlViews.Log or SqlViews.Users or SqlViews.Connections;
}
