using System.Globalization;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Cli.Backups;

/// <summary>A folder that something is to be written to.</summary>
internal static class Place
{
    /// <exception cref="CliException">Something is in it already, or it is a file.</exception>
    public static string Empty(string folder)
    {
        var path = Path.GetFullPath(folder);
        if (File.Exists(path)) throw new CliException(ExitCodes.CannotCreate, $"{path} is a file. Name a folder that is not there yet.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new CliException(ExitCodes.CannotCreate, $"{path} is not empty, and is left as it is. Name a folder that is not there yet.");
        return path;
    }

    /// <summary>Makes the folder, for its owner alone.</summary>
    public static void Make(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <exception cref="CliException">The disk has no room for so many bytes.</exception>
    public static void NeedsRoom(string folder, long bytes)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < bytes)
        {
            throw new CliException(ExitCodes.CannotCreate, string.Create(
                CultureInfo.InvariantCulture, $"{bytes / 1e6:N0} MB are needed, and the disk of {folder} has {free / 1e6:N0} MB left. Make room, or name another disk."));
        }
    }
}
