using System.Text.Json;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Bench.Rebuild;

/// <summary>What nobody who reads the log can do without: each row, its payload touched or parsed, nothing made of it.</summary>
internal static class RawRead
{
    public static Task Rows(string folder, bool parses)
    {
        using var connection = SqliteConnectionHandle.Open(Path.Combine(folder, SqliteEventLog.FileName), TimeSpan.FromSeconds(10));
        connection.Execute("PRAGMA query_only = 1; PRAGMA mmap_size = 1073741824");
        using var statement = connection.Prepare("SELECT position, version, type, created, id, name, data, metadata FROM events ORDER BY position");
        var bytes = 0L;
        while (statement.Step())
        {
            bytes += statement.Int64(0) + statement.Int64(1) + statement.Int64(2) + statement.Int64(3) + statement.Bytes(4).Length + statement.Bytes(5).Length;
            bytes += parses ? Parse(statement.Bytes(6)) + Parse(statement.Bytes(7)) : statement.Bytes(6).Length + statement.Bytes(7).Length;
        }

        if (bytes == 0) throw new InvalidOperationException("There was nothing to read.");
        return Task.CompletedTask;
    }

    private static long Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var tokens = 0L;
        while (reader.Read()) tokens++;
        return tokens;
    }
}
