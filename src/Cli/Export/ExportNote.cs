using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Export;

/// <summary>
/// What is noted beside a text file, in <c>{file}.export</c>: what it holds and how far that is good. Written whole, after
/// the file itself has reached the disk.
/// </summary>
/// <param name="Bytes">Length of the file up to here; what lies beyond is a torn rest.</param>
/// <param name="Tail">SHA-256 of the last bytes before that, at most 4096, hex: tells the file from another one of its name.</param>
/// <param name="Columns">Those of the fields, where the rows have to have the same ones.</param>
internal sealed record ExportNote(string Asked, bool InClear, ExportProgress Progress, long Bytes, string Tail, IReadOnlyList<string> Columns)
{
    private const int TailBytes = 4096;

    public static readonly string TailOfNothing = Convert.ToHexStringLower(SHA256.HashData([]));

    public static string PathOf(ExportPlan plan) => plan.Path + ".export";

    /// <summary>The note of a file that can be gone on with; null for one that is to be begun.</summary>
    /// <exception cref="CommandLine.CliException">The file is something else.</exception>
    public static ExportNote? Check(ExportPlan plan, ITextRows rows)
    {
        if (!File.Exists(plan.Path) || new FileInfo(plan.Path).Length == 0) return null;
        if (Read(PathOf(plan)) is not { } note)
            throw plan.Refused($"is there already, and no export of cqrs that could be gone on with (no {Path.GetFileName(PathOf(plan))} beside it).");

        using var file = new FileStream(plan.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length < note.Bytes || TailOf(file, note.Bytes) != note.Tail || !rows.MayBegin(BeginningOf(file), note.Columns))
            throw plan.Refused("was changed since cqrs wrote it.");
        plan.EnsureSame(note.Asked, note.InClear);
        return note;
    }

    public static string TailOf(FileStream file, long bytes)
    {
        var tail = new byte[(int)Math.Min(bytes, TailBytes)];
        file.Position = bytes - tail.Length;
        file.ReadExactly(tail);
        return Convert.ToHexStringLower(SHA256.HashData(tail));
    }

    /// <summary>Replaces the note; half of one is never seen.</summary>
    public void Write(string path)
    {
        var next = path + ".next";
        using (var file = TextExport.Create(next, FileMode.Create))
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
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ExportJson : JsonSerializerContext;
