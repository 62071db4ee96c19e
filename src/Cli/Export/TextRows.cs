using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.Cli.Output;

namespace Cqrs.Cli.Export;

/// <summary>How events become lines of a text file.</summary>
internal interface ITextRows
{
    /// <summary>The first line; empty where there is none.</summary>
    string Heading(IReadOnlyList<string> fieldColumns);

    void Write(FlatEvent flat, IReadOnlyList<string> fieldColumns, bool rawCells, IBufferWriter<byte> output);

    /// <summary>True if a file of this kind could begin with these bytes.</summary>
    bool MayBegin(ReadOnlySpan<byte> beginning, IReadOnlyList<string> fieldColumns);

    protected static bool Agree(ReadOnlySpan<byte> beginning, ReadOnlySpan<byte> expected)
    {
        var length = Math.Min(beginning.Length, expected.Length);
        return beginning[..length].SequenceEqual(expected[..length]);
    }
}

/// <summary>One JSON object a line, with the fields that the event has.</summary>
internal sealed class JsonRows : ITextRows
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JsonText.Options.Encoder };

    private Utf8JsonWriter? _writer;

    public string Heading(IReadOnlyList<string> fieldColumns) => "";

    public void Write(FlatEvent flat, IReadOnlyList<string> fieldColumns, bool rawCells, IBufferWriter<byte> output)
    {
        if (_writer is null) _writer = new(output, Options);
        else _writer.Reset(output);
        _writer.WriteStartObject();
        foreach (var (column, value) in FlatEvent.Columns.Zip(flat.Values()).Concat(flat.Fields()))
        {
            _writer.WritePropertyName(column);
            if (value is null) _writer.WriteNullValue();
            else value.WriteTo(_writer, JsonText.Options);
        }

        _writer.WriteEndObject();
        _writer.Flush();
        output.Write("\n"u8);
    }

    public bool MayBegin(ReadOnlySpan<byte> beginning, IReadOnlyList<string> fieldColumns) => ITextRows.Agree(beginning, "{\"position\":"u8);
}

/// <summary>
/// RFC 4180. A column for each field of any event that was known when the file was begun; a field without a column is in the
/// JSON of the last one, <c>rest</c>.
/// </summary>
internal sealed class CsvRows : ITextRows
{
    private const string Rest = "rest";

    public string Heading(IReadOnlyList<string> fieldColumns) => Line([.. FlatEvent.Columns, .. fieldColumns, Rest]);

    public void Write(FlatEvent flat, IReadOnlyList<string> fieldColumns, bool rawCells, IBufferWriter<byte> output)
    {
        var (fields, rest) = (new Dictionary<string, JsonNode?>(StringComparer.Ordinal), (JsonObject?)null);
        foreach (var (column, value) in flat.Fields())
        {
            if (fieldColumns.Contains(column)) fields[column] = value;
            else (rest ??= [])[column] = value?.DeepClone();
        }

        var cells = flat.Values().Concat(fieldColumns.Select(column => fields.GetValueOrDefault(column))).Append(rest);
        Encoding.UTF8.GetBytes(Line(cells.Select(cell => CsvWriter.Text(cell, rawCells))), output);
    }

    public bool MayBegin(ReadOnlySpan<byte> beginning, IReadOnlyList<string> fieldColumns) =>
        ITextRows.Agree(beginning, Encoding.UTF8.GetBytes(Heading(fieldColumns)));

    private static string Line(IEnumerable<string> cells) => string.Join(',', cells.Select(CsvWriter.Field)) + "\r\n";
}
