using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Export;

/// <summary>
/// The state of a text file, kept beside it in <c>{file}.export</c>: what it holds, from which log, and up to which byte it
/// is good. Written whole, after the file itself has reached the disk.
/// </summary>
/// <param name="Bytes">Length of the file up to here; what lies beyond is the rest of an interrupted write.</param>
/// <param name="Tail">SHA-256 of the last bytes before that, at most 4096, hex; earlier versions check only this.</param>
/// <param name="Columns">Those of the fields, where the rows have to have the same ones.</param>
internal sealed record ExportNote(string Asked, bool InClear, ExportProgress Progress, long Bytes, string Tail, IReadOnlyList<string> Columns)
{
    private const int TailBytes = 4096;

    public static readonly string DigestOfNothing = Convert.ToHexStringLower(SHA256.HashData([]));

    /// <summary>SHA-256 of all bytes up to <see cref="Bytes"/>, hex; null in the note of an earlier version.</summary>
    public string? Digest { get; init; }

    /// <summary>Identity of the log; null in the note of an earlier version, and while the log has no events.</summary>
    public Guid? Log { get; init; }

    /// <summary>The newest event of the log that the export has seen; null where <see cref="Log"/> is.</summary>
    public LogAnchor? Anchor { get; init; }

    /// <summary>Whether CSV cells are written as they are; null in the note of an earlier version, which did, and for JSON lines.</summary>
    public bool? RawCells { get; init; }

    [JsonIgnore]
    public LogMark Mark => new(Log, Anchor);

    public static string PathOf(ExportPlan plan) => plan.Path + ".export";

    /// <summary>Returns the note of a file that can be resumed; null for a file to begin.</summary>
    /// <exception cref="CommandLine.CliException">The file is something else.</exception>
    public static ExportNote? Read(ExportPlan plan, ITextRows rows)
    {
        if (!File.Exists(plan.Path) || new FileInfo(plan.Path).Length == 0) return null;
        if (Read(PathOf(plan)) is not { } note)
            throw plan.Refused($"is there already, and is no export of cqrs that could be resumed (there is no {Path.GetFileName(PathOf(plan))} beside it).");

        using var file = new FileStream(plan.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length < note.Bytes || TailOf(file, note.Bytes) != note.Tail || !rows.MayBegin(BeginningOf(file), note.Columns))
            throw Changed(plan);
        plan.EnsureSame(note.Asked, note.InClear, note.RawCells);
        return note;
    }

    /// <summary>The refusal of a file whose content is not what was written.</summary>
    public static Exception Changed(ExportPlan plan) => plan.Refused("was changed since cqrs wrote it.");

    public static string TailOf(FileStream file, long bytes)
    {
        var tail = new byte[(int)Math.Min(bytes, TailBytes)];
        file.Position = bytes - tail.Length;
        file.ReadExactly(tail);
        return Convert.ToHexStringLower(SHA256.HashData(tail));
    }

    /// <summary>Replaces the note; a reader sees the old one or the new one.</summary>
    public void Write(string path)
    {
        var next = path + ".next";
        using (var file = PrivateFile.Create(next, must: InClear))
        {
            JsonSerializer.Serialize(file, this, ExportJson.Default.ExportNote);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private static ExportNote? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ExportJson.Default.ExportNote) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] BeginningOf(FileStream file)
    {
        var beginning = new byte[(int)Math.Min(file.Length, TailBytes)];
        file.Position = 0;
        file.ReadExactly(beginning);
        return beginning;
    }
}

/// <summary>A position as a plain number.</summary>
internal sealed class PositionAsNumber : JsonConverter<LogPosition>
{
    public override LogPosition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, LogPosition value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

[JsonSerializable(typeof(ExportNote))]
[JsonSerializable(typeof(LogAnchor))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ExportJson : JsonSerializerContext;
