using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Files;

namespace Cqrs.Cli.Backups;

/// <summary>
/// What is in a backup: <c>manifest.json</c>, written last, so that a folder without one is no whole backup.
/// </summary>
/// <param name="Format">1.</param>
/// <param name="Program">Version of the program that made it.</param>
/// <param name="MadeAt">The moment that it shows, UTC.</param>
/// <param name="Position">Head of the log at that moment.</param>
/// <param name="MasterKeys">Ids of the master keys that it can be read with.</param>
/// <param name="HasMasterKey">They are in it.</param>
/// <param name="Chain">The newest link of the log's hash chain, in hex; null in backups of earlier programs and of an empty log.</param>
internal sealed record Manifest(
    int Format, string Program, DateTimeOffset MadeAt, long Position, IReadOnlyList<string> MasterKeys, bool HasMasterKey, IReadOnlyList<BackupFile> Files,
    string? Chain = null)
{
    public const string FileName = "manifest.json";

    private const int Newest = 1;

    private static readonly JsonSerializerOptions Written = new(JsonText.Indented) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    [JsonIgnore]
    public long Bytes => Files.Sum(file => file.Bytes);

    public void WriteTo(string folder)
    {
        // Under its name it is whole.
        var path = Path.Combine(folder, FileName);
        DurableFile.WriteNew(path + ".new", JsonSerializer.Serialize(this, Written) + "\n");
        File.Move(path + ".new", path);
        DurableFile.FlushFolder(folder);
    }

    /// <exception cref="CliException">There is none, or it cannot be used.</exception>
    public static Manifest ReadFrom(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new CliException(ExitCodes.NoInput, $"There is no {FileName} in {folder}: it is no backup, or one that was cut off. Name the folder that cqrs backup wrote.");
        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), Written);
            if (manifest is { Format: > Newest })
                throw new CliException(ExitCodes.NoInput, $"{path} was written by version {manifest.Program} of this program, in a format that is not known here. Restore it with that version.");
            if (manifest is { Format: Newest, Files: not null, MasterKeys: not null } && manifest.Files.All(file => file.IsWithin(folder))) return manifest;
        }
        catch (JsonException)
        {
        }

        throw new CliException(ExitCodes.NoInput, $"{path} is damaged. Restore another backup.");
    }
}

/// <param name="Path">Below the folder, with slashes.</param>
/// <param name="Sha256">Hex, lower case.</param>
internal sealed record BackupFile(string Path, long Bytes, string Sha256)
{
    public string In(string folder) => System.IO.Path.Combine(folder, Path.Replace('/', System.IO.Path.DirectorySeparatorChar));

    public bool IsWithin(string folder) =>
        System.IO.Path.GetFullPath(In(folder)).StartsWith(System.IO.Path.GetFullPath(folder) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Describes a file that has just been written, and flushes it to the disk.</summary>
    public static BackupFile Seal(string folder, string path)
    {
        var full = System.IO.Path.Combine(folder, path);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = new FileStream(full, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        file.Flush(flushToDisk: true);
        return new(path.Replace(System.IO.Path.DirectorySeparatorChar, '/'), file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
