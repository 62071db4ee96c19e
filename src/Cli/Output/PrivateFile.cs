namespace Cqrs.Cli.Output;

/// <summary>Files that only their owner may read and write (mode 0600). On Windows the folder decides.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a file, or empties one that is there; other users may not read it, whatever its mode was before.</summary>
    /// <param name="must">
    /// If false, a mode that the file system cannot change is accepted: a memory stick has none, and the content is masked.
    /// </param>
    /// <exception cref="UnauthorizedAccessException">Other users may read the file, and its mode cannot be changed.</exception>
    public static FileStream Create(string path, bool must)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        var file = new FileStream(path, options);
        try
        {
            TakeFromOthers(path, must);
            file.SetLength(0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes the file, and what SQLite keeps beside it, from all users but its owner. The files are not opened: closing one
    /// would release the locks that SQLite holds on it in this process.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">Other users may read a file, and its mode cannot be changed.</exception>
    public static void TakeFromOthers(string path, bool must)
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var each in new[] { path, path + "-wal", path + "-shm", path + "-journal" })
        {
            if (!File.Exists(each) || (File.GetUnixFileMode(each) & ~OwnerOnly) == UnixFileMode.None) continue;
            try
            {
                File.SetUnixFileMode(each, OwnerOnly);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                if (must) throw new UnauthorizedAccessException($"Other users may read {each}, and its mode cannot be changed.", e);
            }
        }
    }
}
