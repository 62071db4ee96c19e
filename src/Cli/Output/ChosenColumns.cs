using Cqrs.Cli.CommandLine;

namespace Cqrs.Cli.Output;

/// <summary>Passes on only the columns that were asked for, in that order.</summary>
internal sealed class ChosenColumns(IRowWriter rows, IReadOnlyList<string> names) : IRowWriter
{
    private bool _isChecked;

    /// <exception cref="CliException">The first row has no column of such a name.</exception>
    public ValueTask WriteAsync(Row row)
    {
        if (!_isChecked) Check(row);
        return rows.WriteAsync(new([.. names.SelectMany(name => row.Cells.Where(cell => Matches(cell.Name, name)).Take(1))]));
    }

    public ValueTask FlushAsync() => rows.FlushAsync();

    public ValueTask DisposeAsync() => rows.DisposeAsync();

    private static bool Matches(string column, string name) => column.Equals(name, StringComparison.OrdinalIgnoreCase);

    private void Check(Row row)
    {
        foreach (var name in names)
        {
            if (!row.Cells.Any(cell => Matches(cell.Name, name)))
                throw new CliException(ExitCodes.Usage, $"There is no column {name} here. The columns are: {string.Join(", ", row.Cells.Select(cell => cell.Name))}.");
        }

        _isChecked = true;
    }
}
