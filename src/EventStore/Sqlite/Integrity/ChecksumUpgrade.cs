using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>
/// Gives the events of a log of version 1 or 2 their checksums, inside the transaction of the upgrade. Their commits are not
/// known any more: the chain gets a link for each thousand events and one for the last.
/// </summary>
internal sealed class ChecksumUpgrade(SqliteConnectionHandle connection, SqliteEventLogOptions options)
{
    private const int EventsPerLink = 1_000;

    private readonly CommitChain _chain = new();
    private readonly Dictionary<long, string> _labels = [];

    /// <exception cref="EventLogException">The log is damaged: an event is missing or cannot be read.</exception>
    public void Run()
    {
        ReadLabels();
        var head = connection.Scalar("SELECT coalesce(max(position), 0) FROM events");
        using var update = connection.Prepare("UPDATE events SET checksum = ?2, chain = ?3 WHERE position = ?1");
        using var select = connection.Prepare(
            "SELECT position, stream, version, category, type, created, json, id, name, data, metadata FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
        var checksums = new List<long>(EventsPerLink);
        Span<byte> link = stackalloc byte[CommitChain.LinkSize];
        for (var done = 0L; done < head; done += checksums.Count)
        {
            Checksums(select, done, checksums);
            for (var i = 0; i < checksums.Count; i++)
            {
                _chain.Add(checksums[i]);
                update.Bind(1, done + i + 1).Bind(2, checksums[i]);
                if (i < checksums.Count - 1)
                {
                    update.BindNull(3).Run();
                    continue;
                }

                _chain.WriteLink(done + i + 1, link);
                _chain.Advance(link);
                update.Bind(3, link).Run();
            }

            options.UpgradeProgress?.Invoke(done + checksums.Count, head);
            options.OnUpgradeStep?.Invoke($"events up to {done + checksums.Count}");
        }
    }

    private void Checksums(Statement select, long after, List<long> checksums)
    {
        checksums.Clear();
        select.Bind(1, after).Bind(2, EventsPerLink);
        try
        {
            while (select.Step())
            {
                var position = after + checksums.Count + 1;
                if (select.Int64(0) != position) throw DamagedLog.At(connection.Path, position, stream: null, DamagedLog.Missing);
                if (!_labels.TryGetValue(select.Int64(4), out var type)) throw DamagedLog.At(connection.Path, position, stream: null, DamagedLog.NoLabel);
                var contents = EventChecksum.OfContents(select.Bytes(8), select.Bytes(7), type, select.Int64(6) != 0, select.Bytes(9), select.Bytes(10));
                checksums.Add(EventChecksum.OfEvent(
                    contents, position, select.Int64(1), select.Int64(2), select.Int64(3), select.Int64(4), select.Int64(5)));
            }
        }
        catch (EventLogException e) when (e is { Code: EventLogErrors.Corrupt, Position: null })
        {
            throw DamagedLog.At(connection.Path, after + checksums.Count + 1, stream: null, DamagedLog.Unreadable, e);
        }
        finally
        {
            select.Reset();
        }
    }

    private void ReadLabels()
    {
        using var labels = connection.Prepare("SELECT id, text FROM labels");
        while (labels.Step()) _labels.Add(labels.Int64(0), labels.Text(1));
    }
}
