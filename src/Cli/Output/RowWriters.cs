namespace Cqrs.Cli.Output;

internal static class RowWriters
{
    /// <param name="output">Written to; not closed.</param>
    /// <param name="width">Characters of a line that a table may use; null for as many as it needs.</param>
    /// <param name="messages">Where a table that was cut says so; null for nowhere.</param>
    public static IRowWriter Of(Format format, TextWriter output, int? width, TextWriter? messages = null) => format switch
    {
        Format.Table => new TableWriter(output, width, messages),
        Format.Json => new JsonArrayWriter(output),
        Format.Jsonl => new JsonLinesWriter(output),
        Format.Csv => new CsvWriter(output),
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

    // What was begun is closed, also by Ctrl-C: half an array is no JSON.
    public async ValueTask DisposeAsync()
    {
        await output.WriteAsync(_begun ? "\n]\n" : "[]\n");
        await output.FlushAsync();
    }
}
