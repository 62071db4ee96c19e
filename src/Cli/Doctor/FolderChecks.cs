using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Doctor;

/// <summary>May we write there, may nobody else read there, and is there room?</summary>
internal static class FolderChecks
{
    private const long Scarce = 1_000_000_000;
    private const long Exhausted = 100_000_000;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static IEnumerable<Finding> Examine(Settings settings)
    {
        yield return Writable(settings.Data);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(settings.Data) & Others) != UnixFileMode.None)
            yield return Finding.Look("rights of the folder", "others may look into it", $"chmod 700 {settings.Data}");
        yield return Room(settings.Data);
    }

    /// <summary>Whether others than the owner may read or write a file.</summary>
    public static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None;

    private static Finding Writable(string folder)
    {
        var probe = Path.Combine(folder, $".doctor.{Guid.NewGuid():N}");
        try
        {
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return Finding.Ok("data folder", $"{folder}, writable");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Fault("data folder", $"{folder} cannot be written to: {e.Message}", "Run it as the user that the server runs as, or give him the folder.");
        }
    }

    private static Finding Room(string folder)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        var log = new FileInfo(Path.Combine(folder, SqliteEventLog.FileName));
        var found = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:N1} GB free");
        if (free < Exhausted) return Finding.Fault("disk", found, "Make room before the log is full: appends fail then, reading goes on.");
        return free < Math.Max(Scarce, log.Exists ? log.Length : 0)
            ? Finding.Look("disk", found, "Make room: there is less of it than a second log would need.")
            : Finding.Ok("disk", found);
    }
}
