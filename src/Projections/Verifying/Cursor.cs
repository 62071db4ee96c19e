using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Verifying;

/// <summary>The rows of a query, the present one in memory.</summary>
internal sealed class Cursor(SqliteRows rows) : IDisposable
{
    /// <summary>Null before the first row and after the last.</summary>
    public object?[]? Row { get; private set; }

    public bool Next()
    {
        Row = rows.Read() ? [.. Enumerable.Range(0, rows.Columns).Select(rows.Value)] : null;
        return Row is not null;
    }

    /// <summary>By the columns of the key, as SQLite orders them; after the last row comes nothing.</summary>
    public static int Compare(object?[]? one, object?[]? other, IReadOnlyList<int> key)
    {
        if (one is null || other is null) return (one is null).CompareTo(other is null);
        foreach (var column in key)
            if (Compare(one[column], other[column]) is var order and not 0)
                return order;

        return 0;
    }

    /// <summary>As SQLite orders values: null, numbers, texts by their bytes, bytes.</summary>
    public static int Compare(object? one, object? other) => (one, other) switch
    {
        (long a, long b) => a.CompareTo(b),
        (double a, double b) => a.CompareTo(b),
        (string a, string b) => string.CompareOrdinal(a, b),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        _ => Rank(one).CompareTo(Rank(other)),
    };

    public void Dispose() => rows.Dispose();

    private static int Rank(object? value) => value switch
    {
        null => 0,
        long or double => 1,
        string => 2,
        _ => 3,
    };
}
