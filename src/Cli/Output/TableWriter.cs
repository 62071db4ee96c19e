namespace Cqrs.Cli.Output;

/// <summary>
/// Columns for people. The first rows say how wide each column is; later rows that need more push the rest of their
/// line to the right. On a terminal the last column ends with the line; elsewhere nothing is cut.
/// </summary>
internal sealed class TableWriter(TextWriter output, int? width) : IRowWriter
{
    private const int Sample = 64;
    private const string Gap = "  ";

    private readonly List<Row> _first = [];
    private int[]? _widths;

    public async ValueTask WriteAsync(Row row)
    {
        if (_widths is not null)
        {
            await WriteLineAsync([.. row.Cells.Select(cell => Row.Text(cell.Value))]);
            return;
        }

        _first.Add(row);
        if (_first.Count == Sample) await BeginAsync();
    }

    public async ValueTask FlushAsync()
    {
        await BeginAsync();
        await output.FlushAsync();
    }

    public ValueTask DisposeAsync() => FlushAsync();

    private async Task BeginAsync()
    {
        if (_widths is not null || _first.Count == 0) return;
        var names = _first[0].Cells.Select(cell => cell.Name).ToList();
        var lines = _first.Select(row => row.Cells.Select(cell => Row.Text(cell.Value)).ToList()).ToList();
        _widths = [.. names.Select((name, column) => lines.Max(line => Math.Max(name.Length, line[column].Length)))];
        await WriteLineAsync(names);
        foreach (var line in lines) await WriteLineAsync(line);
        _first.Clear();
    }

    private async Task WriteLineAsync(IReadOnlyList<string> cells)
    {
        var line = string.Join(Gap, cells.Select((cell, column) => column == cells.Count - 1 ? cell : cell.PadRight(_widths![column]))).TrimEnd();
        if (line.Length > width) line = string.Concat(line.AsSpan(0, width.Value - 1), "…");
        await output.WriteLineAsync(line);
    }
}
