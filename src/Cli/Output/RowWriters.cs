namespace Cqrs.Cli.Output;

internal static class RowWriters
{
    /// <param name="output">Written to; not closed.</param>
    /// <param name="width">Characters of a line that a table may use; null for as many as it needs.</param>
    /// <param name="rawCells">CSV cells are written as they are, also those that a spreadsheet takes for formulas.</param>
    /// <param name="messages">Where a table that was cut says so; null for nowhere.</param>
    public static IRowWriter Of(Format format, TextWriter output, int? width, bool rawCells, TextWriter? messages = null) => format switch
    {
        Format.Table => new TableWriter(output, width, messages),
        Format.Json => new JsonArrayWriter(output),
        Format.Jsonl => new JsonLinesWriter(output),
        Format.Csv => new CsvWriter(output, rawCells),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };
}

internal sealed class JsonLinesWriter(TextWriter output) : IRowWriter
{
    public async ValueTask WriteAsync(Row row)
    {
        await output.WriteAsync(row.ToJson().ToJsonString(JsonText.Options));
        await output.WriteAsync('\n');
    }

    public ValueTask FlushAsync() => new(output.FlushAsync());

    public ValueTask DisposeAsync() => FlushAsync();
}

internal sealed class JsonArrayWriter(TextWriter output) : IRowWriter
{
    private bool _begun;

    public async ValueTask WriteAsync(Row row)
    {
        await output.WriteAsync(_begun ? ",\n" : "[\n");
        _begun = true;
        await output.WriteAsync(row.ToJson().ToJsonString(JsonText.Options));
    }

    public ValueTask FlushAsync() => new(output.FlushAsync());

    // Closes the array also after Ctrl-C, so that the output is JSON.
    public async ValueTask DisposeAsync()
    {
        await output.WriteAsync(_begun ? "\n]\n" : "[]\n");
        await output.FlushAsync();
    }
}
