using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Verifying;

/// <summary>Compares one table of two models row by row, both in the order of the primary key; holds a row of each at a time.</summary>
internal sealed class TableComparison(
    string table, SqliteTables live, SqliteTables fresh, IReadOnlyList<PersonalColumn> personal, ISubjectKeys keys, Func<Difference, ValueTask> found)
{
    private const string Masked = "•••";

    public long Rows { get; private set; }

    public long Differences { get; private set; }

    public async Task RunAsync(CancellationToken cancel)
    {
        var (columns, key) = ColumnsOf(fresh);
        if (!ColumnsOf(live).Columns.SequenceEqual(columns))
        {
            await TellAsync(new(table, Key: null, Column: null, string.Join(' ', ColumnsOf(live).Columns), string.Join(' ', columns)));
            return;
        }

        var order = string.Join(", ", key.Select(column => $"\"{columns[column]}\""));
        var sql = $"SELECT {string.Join(", ", columns.Select(column => $"\"{column}\""))} FROM \"{table}\" ORDER BY {order}";
        using var lives = new Cursor(live.Query(sql));
        using var freshes = new Cursor(fresh.Query(sql));
        lives.Next();
        Rows += freshes.Next() ? 1 : 0;
        while (lives.Row is not null || freshes.Row is not null)
        {
            cancel.ThrowIfCancellationRequested();
            var side = Cursor.Compare(lives.Row, freshes.Row, key);
            if (side < 0) await TellAsync(new(table, KeyOf(lives.Row!, key), Column: null, "there", Fresh: null));
            else if (side > 0) await TellAsync(new(table, KeyOf(freshes.Row!, key), Column: null, Live: null, "there"));
            else await CompareAsync(columns, key, lives.Row!, freshes.Row!, cancel);
            if (side <= 0) lives.Next();
            if (side >= 0) Rows += freshes.Next() ? 1 : 0;
        }
    }

    private async ValueTask CompareAsync(IReadOnlyList<string> columns, IReadOnlyList<int> key, object?[] lives, object?[] freshes, CancellationToken cancel)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (Cursor.Compare(lives[i], freshes[i]) == 0) continue;
            var column = columns[i];
            if (personal.FirstOrDefault(one => one.Table == table && one.Column == column) is not { } sealedColumn)
            {
                await TellAsync(new(table, KeyOf(freshes, key), column, Text(lives[i]), Text(freshes[i])));
                continue;
            }

            if (sealedColumn.IsOpened && await IsForgottenAsync(freshes[columns.ToList().IndexOf(sealedColumn.SubjectColumn)], cancel)) continue;
            await TellAsync(new(table, KeyOf(freshes, key), column, Mask(lives[i]), Mask(freshes[i])));
        }
    }

    // The live model could still open what now nobody can.
    private async ValueTask<bool> IsForgottenAsync(object? subject, CancellationToken cancel) =>
        subject is byte[] id && (await keys.FindAsync(new(new Guid(id, bigEndian: true)), cancel)).State == SubjectKeyState.Forgotten;

    private ValueTask TellAsync(Difference difference)
    {
        Differences++;
        return found(difference);
    }

    private (IReadOnlyList<string> Columns, IReadOnlyList<int> Key) ColumnsOf(SqliteTables tables)
    {
        var (columns, key) = (new List<string>(), new SortedList<int, int>());
        using var row = tables.Query("SELECT name, pk FROM pragma_table_info($1) ORDER BY cid", table);
        while (row.Read())
        {
            if (row.GetInt32(1) > 0) key.Add(row.GetInt32(1), columns.Count);
            columns.Add(row.GetString(0));
        }

        return (columns, [.. key.Values]);
    }

    private static string KeyOf(object?[] row, IReadOnlyList<int> key) => string.Join(' ', key.Select(column => Text(row[column])));

    private static string? Mask(object? value) => value is null ? null : Masked;

    private static string? Text(object? value) => value switch
    {
        null => null,
        byte[] { Length: 16 } id => new Guid(id, bigEndian: true).ToString(),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        _ => FormattableString.Invariant($"{value}"),
    };
}
