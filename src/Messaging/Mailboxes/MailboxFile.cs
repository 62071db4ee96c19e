using Cqrs.EventStore.Sqlite;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>The file <c>mailboxes.db</c>: items with the attributes that DynamoDB has, too, and how connections to it are set up.</summary>
internal sealed class MailboxFile
{
    public const string FileName = "mailboxes.db";

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS mailboxes (
            k TEXT PRIMARY KEY, changed INTEGER, version INTEGER, at INTEGER NOT NULL,
            video INTEGER, seenVideo INTEGER, seenStatus TEXT, ttl INTEGER) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
        INSERT INTO mark (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING;
        """;

    // The table held nothing but bits once.
    private const string MailboxesBesideBits = """
        ALTER TABLE mailboxes ADD COLUMN video INTEGER;
        ALTER TABLE mailboxes ADD COLUMN seenVideo INTEGER;
        ALTER TABLE mailboxes ADD COLUMN seenStatus TEXT;
        ALTER TABLE mailboxes ADD COLUMN ttl INTEGER;
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _path;

    private MailboxFile(string path) => _path = path;

    /// <summary>The file in the folder; both are made where they are missing.</summary>
    public static MailboxFile In(string folder)
    {
        Directory.CreateDirectory(folder);
        var file = new MailboxFile(Path.Combine(folder, FileName));
        using var connection = file.Open("PRAGMA synchronous = FULL");
        connection.UseWriteAheadLog(Patience);
        connection.Execute("BEGIN IMMEDIATE");
        connection.Execute(Schema);
        if (connection.Scalar("SELECT count(*) FROM pragma_table_info('mailboxes') WHERE name = 'ttl'") == 0) connection.Execute(MailboxesBesideBits);
        connection.Execute("COMMIT");
        return file;
    }

    public SqliteConnectionHandle OpenWriter() => Open("PRAGMA synchronous = FULL; PRAGMA cache_size = -8192");

    public SqliteConnectionHandle OpenReader() => Open("PRAGMA query_only = 1; PRAGMA cache_size = -8192; PRAGMA mmap_size = 1073741824");

    private SqliteConnectionHandle Open(string settings)
    {
        var connection = SqliteConnectionHandle.Open(_path, Patience);
        try
        {
            connection.Execute(settings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
