using System.Text;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Inserts events, always one behind: the newest event stays bound until the next one or the commit comes, because only the
/// last event of a commit has a link of the chain and which one that is turns out at the commit. Part of the writer.
/// </summary>
internal sealed class EventInsert(SqliteConnectionHandle connection)
{
    private const int Link = 13;

    private readonly Statement _insert = connection.Prepare(
        "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");

    private long _boundCategory = -1;
    private long _boundType = -1;
    private long _boundCreated = -1;
    private long _boundJson = -1;
    private bool _waits;

    /// <summary>Binds what all events of an append share.</summary>
    /// <param name="created">Units of 100 ns since 0001-01-01 UTC.</param>
    public void BindAppend(long stream, string name, long category, long created)
    {
        WriteWaiting();
        Span<byte> utf8 = stackalloc byte[AppendLimits.StreamNameBytes];
        _insert.Bind(2, stream).BindText(9, utf8[..Encoding.UTF8.GetBytes(name, utf8)]);

        // Bound values stay bound: only what differs from the event before is bound again.
        BindIfOther(4, ref _boundCategory, category);
        BindIfOther(6, ref _boundCreated, created);
    }

    /// <summary>Binds the next event of the append; the one before it is written.</summary>
    public void Bind(long position, long version, long type, bool isJson, Guid id, in StoredContents contents, long checksum)
    {
        WriteWaiting();
        Span<byte> idBytes = stackalloc byte[16];
        EventId.Write(id, idBytes);
        BindIfOther(5, ref _boundType, type);
        BindIfOther(7, ref _boundJson, isJson ? 1 : 0);
        _insert.Bind(1, position).Bind(3, version).Bind(8, idBytes).Bind(10, contents.Data.Span).Bind(11, contents.Metadata.Span).Bind(12, checksum);
        _waits = true;
    }

    /// <summary>Writes the bound event, when there is one.</summary>
    public void WriteWaiting()
    {
        if (!_waits) return;
        _waits = false;
        _insert.Run();
    }

    /// <summary>Writes the bound event as the last one of its commit.</summary>
    public void WriteLast(ReadOnlySpan<byte> link)
    {
        _insert.Bind(Link, link);
        try
        {
            WriteWaiting();
        }
        finally
        {
            _insert.BindNull(Link);
        }
    }

    /// <summary>The transaction has ended without a commit: the bound event is not written.</summary>
    public void Abandon() => _waits = false;

    private void BindIfOther(int parameter, ref long bound, long value)
    {
        if (bound == value) return;
        bound = value;
        _insert.Bind(parameter, value);
    }
}
