using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite.Integrity;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Reads the log in its order, filtered by the numbers in the front of the rows.</summary>
/// <remarks>
/// A page ends before an event that is damaged, and the next one begins with it and fails: what lies before it is read.
/// </remarks>
internal sealed class AllReader(SqliteConnectionHandle connection, LabelLookup labels, EventRow row)
{
    // Bounds the time until a page comes when few events match: about 10 ms.
    private const int RowsLookedAt = 65_536;
    private const int StatementsKept = 64;

    private readonly Statement _head = connection.Prepare("SELECT max(position) FROM events");
    private readonly Dictionary<string, Statement> _statements = [];

    public LogPage Read(long from, int maxCount, LogFilter? filter, ReadDirection direction, out long head)
    {
        // The statement stays open on its row, so that all statements see the same snapshot.
        _head.Step();
        try
        {
            head = _head.Int64(0);
            return direction == ReadDirection.Forwards
                ? Forwards(from, head, maxCount, filter)
                : Backwards(Math.Min(from, head + 1), maxCount, filter);
        }
        finally
        {
            _head.Reset();
        }
    }

    private LogPage Forwards(long from, long head, int maxCount, LogFilter? filter)
    {
        if (from >= head) return new LogPage([], new LogPosition(from), IsEnd: true);
        var condition = FilterCondition.Of(filter, labels);
        if (condition.MatchesNothing) return new LogPage([], new LogPosition(head), IsEnd: true);
        var to = condition.Sql.Length == 0 ? head : Math.Min(head, from + RowsLookedAt);
        var events = Rows(condition, "", from + 1, to, maxCount, out var isCut);
        var seen = events.Count == maxCount || isCut ? events[^1].Position.Value : to;
        return new LogPage(events, new LogPosition(seen), seen == head);
    }

    private LogPage Backwards(long before, int maxCount, LogFilter? filter)
    {
        if (before <= 1) return new LogPage([], LogPosition.Start, IsEnd: true);
        var condition = FilterCondition.Of(filter, labels);
        if (condition.MatchesNothing) return new LogPage([], LogPosition.Start, IsEnd: true);
        var to = condition.Sql.Length == 0 ? 1 : Math.Max(1, before - RowsLookedAt);
        var events = Rows(condition, "DESC ", to, before - 1, maxCount, out var isCut);
        var seen = events.Count == maxCount || isCut ? events[^1].Position.Value : to;
        return new LogPage(events, new LogPosition(seen), seen <= 1);
    }

    /// <param name="isCut">An event behind those returned is damaged.</param>
    private List<RecordedEvent> Rows(FilterCondition condition, string order, long first, long last, int maxCount, out bool isCut)
    {
        var isFiltered = condition.Sql.Length > 0;
        var (next, step) = order.Length == 0 ? (first, 1) : (last, -1);
        var statement = StatementFor(
            $"SELECT {EventRow.Columns} FROM events e WHERE e.position BETWEEN ?1 AND ?2{condition.Sql} ORDER BY e.position {order}LIMIT ?3");
        statement.Bind(1, first).Bind(2, last).Bind(3, maxCount);
        for (var i = 0; i < condition.Prefixes.Count; i++) statement.BindText(4 + i, condition.Prefixes[i]);
        var events = new List<RecordedEvent>((int)Math.Min(Math.Min(maxCount, last - first + 1), isFiltered ? 64 : 4_096));
        try
        {
            while (statement.Step())
            {
                // Positions have no holes; with a filter nothing says which events come.
                if (!isFiltered && statement.Int64(0) != next) throw DamagedLog.At(connection.Path, next, stream: null, DamagedLog.Missing);
                events.Add(row.Read(statement));
                next = events[^1].Position.Value + step;
            }

            if (!isFiltered && events.Count < Math.Min(maxCount, last - first + 1))
                throw DamagedLog.At(connection.Path, next, stream: null, DamagedLog.Missing);
            isCut = false;
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Corrupt)
        {
            if (events.Count == 0) throw row.Unreadable(e, isFiltered && e.Position is null ? FirstUnreadable(order, first, last) : next);
            isCut = true;
        }
        finally
        {
            statement.Reset();
        }

        return events;
    }

    private long FirstUnreadable(string order, long first, long last)
    {
        var (next, step) = order.Length == 0 ? (first, 1) : (last, -1);
        var all = StatementFor($"SELECT {EventRow.Columns} FROM events e WHERE e.position BETWEEN ?1 AND ?2 ORDER BY e.position {order}");
        all.Bind(1, first).Bind(2, last);
        try
        {
            while (all.Step()) next = all.Int64(0) + step;
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Corrupt)
        {
            // The row that is looked for.
        }
        finally
        {
            all.Reset();
        }

        return next;
    }

    private Statement StatementFor(string sql)
    {
        if (_statements.TryGetValue(sql, out var known)) return known;
        if (_statements.Count >= StatementsKept)
        {
            foreach (var statement in _statements.Values) statement.Dispose();
            _statements.Clear();
        }

        return _statements[sql] = connection.Prepare(sql);
    }
}
