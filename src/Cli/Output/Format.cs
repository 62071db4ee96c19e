namespace Cqrs.Cli.Output;

/// <summary>How rows are written.</summary>
internal enum Format
{
    /// <summary>For people: columns as wide as they need, cut to the terminal's width; whole when redirected.</summary>
    Table,

    /// <summary>One JSON array.</summary>
    Json,

    /// <summary>One JSON object a line.</summary>
    Jsonl,

    /// <summary>RFC 4180 with a line of names, lines ending in LF; nested values as JSON.</summary>
    Csv,
}

/// <summary>Takes rows one by one and writes them as they come; memory does not grow with their number.</summary>
internal interface IRowWriter : IAsyncDisposable
{
    ValueTask WriteAsync(Row row);

    /// <summary>What was written reaches the reader now; called where the writer would wait.</summary>
    ValueTask FlushAsync();
}
