using System.Text;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>Reads the log in its order, filtered by the numbers in the front of the rows.</summary>
internal sealed class AllReader(SqliteConnectionHandle connection, LabelLookup labels)
{
    // Bounds how long a reader who wants little is silent: about 10 ms.
    private const int RowsLookedAt = 65_536;
    private const int StatementsKept = 64;

    private readonly Statement _head = connection.Prepare("SELECT max(position) FROM events");
    private readonly Dictionary<string, Statement> _statements = [];

    public LogPage Read(long from, int maxCount, LogFilter? filter, ReadDirection direction, out long head)
    {
        // Left open on its row, so that all statements see the same snapshot.
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
        var events = Rows(condition, "", from + 1, to, maxCount);
        var seen = events.Count == maxCount ? events[^1].Position.Value : to;
        return new LogPage(events, new LogPosition(seen), seen == head);
    }

    private LogPage Backwards(long before, int maxCount, LogFilter? filter)
    {
        if (before <= 1) return new LogPage([], LogPosition.Start, IsEnd: true);
        var condition = FilterCondition.Of(filter, labels);
        if (condition.MatchesNothing) return new LogPage([], LogPosition.Start, IsEnd: true);
        var to = condition.Sql.Length == 0 ? 1 : Math.Max(1, before - RowsLookedAt);
        var events = Rows(condition, "DESC ", to, before - 1, maxCount);
        var seen = events.Count == maxCount ? events[^1].Position.Value : to;
        return new LogPage(events, new LogPosition(seen), seen <= 1);
    }

    private List<RecordedEvent> Rows(FilterCondition condition, string order, long first, long last, int maxCount)
    {
        var statement = StatementFor(
            "SELECT position, version, type, created, json, id, name, data, metadata FROM events "
            + $"WHERE position BETWEEN ?1 AND ?2{condition.Sql} ORDER BY position {order}LIMIT ?3");
        statement.Bind(1, first).Bind(2, last).Bind(3, maxCount);
        for (var i = 0; i < condition.Prefixes.Count; i++) statement.BindText(4 + i, condition.Prefixes[i]);
        var events = new List<RecordedEvent>((int)Math.Min(Math.Min(maxCount, last - first + 1), condition.Sql.Length == 0 ? 4_096 : 64));
        try
        {
            while (statement.Step())
            {
                var (data, metadata) = Payload.Copy(statement.Bytes(7), statement.Bytes(8));
                events.Add(new RecordedEvent(
                    new LogPosition(statement.Int64(0)), Encoding.UTF8.GetString(statement.Bytes(6)), statement.Int64(1),
                    EventId.Read(statement.Bytes(5)), labels.Text(statement.Int64(2)),
                    new DateTimeOffset(statement.Int64(3), TimeSpan.Zero), data, metadata, statement.Int64(4) != 0));
            }
        }
        finally
        {
            statement.Reset();
        }

        return events;
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
