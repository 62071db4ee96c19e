using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cqrs.Cli.Output;

/// <summary>
/// CSV by RFC 4180, but for its lines, which end in LF: the next program of a pipe would take CR for a part of the last
/// value. The columns are those of the first row, whose names make the first line; a nested value is JSON in one cell. A
/// text that a spreadsheet would take for a formula gets a <c>'</c> before it.
/// </summary>
/// <param name="rawCells">If true, such texts are written as they are.</param>
internal sealed class CsvWriter(TextWriter output, bool rawCells = false) : IRowWriter
{
    // https://owasp.org/www-community/attacks/CSV_Injection; the last four are the full-width forms of the first four.
    private const string FormulaStarts = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20";

    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n");

    private IReadOnlyList<string>? _columns;

    public async ValueTask WriteAsync(Row row)
    {
        if (_columns is null)
        {
            _columns = [.. row.Cells.Select(cell => cell.Name)];
            await WriteLineAsync(_columns.Select(column => Text(column, rawCells)));
        }

        await WriteLineAsync(_columns.Select(column => Text(Find(row, column), rawCells)));
    }

    public ValueTask FlushAsync() => new(output.FlushAsync());

    public ValueTask DisposeAsync() => FlushAsync();

    /// <summary>Returns the text of a cell. Only texts are guarded: a number that begins with a minus stays a number.</summary>
    public static string Text(JsonNode? value, bool rawCells) => Text(Row.Text(value), rawCells || value?.GetValueKind() != JsonValueKind.String);

    private static string Text(string text, bool rawCells) => !rawCells && text.Length > 0 && FormulaStarts.Contains(text[0]) ? $"'{text}" : text;

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
