using System.Buffers;
using System.Text.Json.Nodes;

namespace Cqrs.Cli.Output;

/// <summary>
/// CSV by RFC 4180, but for its lines, which end in LF: the next program of a pipe would take CR for a part of the last
/// value. The columns are those of the first row, whose names make the first line; a nested value is JSON in one cell.
/// </summary>
internal sealed class CsvWriter(TextWriter output) : IRowWriter
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n");

    private IReadOnlyList<string>? _columns;

    public async ValueTask WriteAsync(Row row)
    {
        if (_columns is null)
        {
            _columns = [.. row.Cells.Select(cell => cell.Name)];
            await WriteLineAsync(_columns);
        }

        await WriteLineAsync(_columns.Select(column => Row.Text(Find(row, column))));
    }

    public ValueTask FlushAsync() => new(output.FlushAsync());

    public ValueTask DisposeAsync() => FlushAsync();

    /// <summary>One field, in quotes where it needs them.</summary>
    public static string Field(string text) => text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static JsonNode? Find(Row row, string column)
    {
        foreach (var (name, value) in row.Cells)
            if (name == column)
                return value;

        return null;
    }

    private async Task WriteLineAsync(IEnumerable<string> fields)
    {
        await output.WriteAsync(string.Join(',', fields.Select(Field)));
        await output.WriteAsync('\n');
    }
}
