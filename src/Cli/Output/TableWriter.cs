namespace Cqrs.Cli.Output;

/// <summary>
/// Columns for people. The first rows say how wide each column is; later rows that need more push the rest of their
/// line to the right. On a terminal a line ends where the terminal does; elsewhere nothing is cut.
/// </summary>
/// <param name="messages">Where a note is written at the end if a line was cut; null for no note.</param>
internal sealed class TableWriter(TextWriter output, int? width, TextWriter? messages = null) : IRowWriter
{
    private const int Sample = 64;
    private const string Gap = "  ";

    private readonly List<Row> _first = [];
    private IReadOnlyList<string> _names = [];
    private int[]? _widths;
    private int? _firstCut;

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

    public async ValueTask DisposeAsync()
    {
        await FlushAsync();
        if (_firstCut is not { } cut || messages is null) return;
        await messages.WriteLineAsync($"Lines were cut at {width} characters. --wide shows all of them; --columns {_names[cut]} shows that column alone.");
    }

    private async Task BeginAsync()
    {
        if (_widths is not null || _first.Count == 0) return;
        _names = [.. _first[0].Cells.Select(cell => cell.Name)];
        var lines = _first.Select(row => row.Cells.Select(cell => Row.Text(cell.Value)).ToList()).ToList();
        _widths = [.. _names.Select((name, column) => lines.Max(line => Math.Max(name.Length, line[column].Length)))];
        await WriteLineAsync(_names);
        foreach (var line in lines) await WriteLineAsync(line);
        _first.Clear();
    }

    private async Task WriteLineAsync(IReadOnlyList<string> cells)
    {
        var line = string.Join(Gap, cells.Select((cell, column) => column == cells.Count - 1 ? cell : cell.PadRight(_widths![column]))).TrimEnd();
        if (line.Length > width)
        {
            _firstCut = Math.Min(_firstCut ?? int.MaxValue, ColumnAt(width.Value - 1));
            line = string.Concat(line.AsSpan(0, width.Value - 1), "…");
        }

        await output.WriteLineAsync(line);
    }

    private int ColumnAt(int place)
    {
        for (var (column, end) = (0, 0); column < _names.Count; column++)
        {
            end += _widths![column] + Gap.Length;
            if (place < end) return column;
        }

        return _names.Count - 1;
    }
}
