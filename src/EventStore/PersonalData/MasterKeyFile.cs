using Cqrs.EventStore.Files;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// <c>master.key</c> in the data folder: for an installation whose operator gives no master key. One line
/// <c>id:base64</c> for each key, the first wraps; lines that begin with # are comments. Readable by its owner only.
/// </summary>
public static class MasterKeyFile
{
    public const string FileName = "master.key";

    private const string Heading = """
        # Who has this file and keys.db can read everything personal; who loses it can read nothing of it any more.
        # Keep a copy, and keep it apart from the copies of keys.db.

        """;

    /// <summary>
    /// The keys of the folder; at the first start one is made. Processes that start at once agree on one: the file is
    /// written aside, flushed, and linked into place only where there is none yet.
    /// </summary>
    /// <exception cref="PersonalDataException">
    /// The file is malformed; or it is gone while keys.db is there, and a new one could open nothing.
    /// </exception>
    public static MasterKeys LoadOrCreate(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);

        // Asked first: whoever else is starting makes the master key before keys.db, never after.
        var hasKeys = File.Exists(Path.Combine(folder, SqliteKeys.FileName));
        if (File.Exists(path))
            return Read(path, MasterKeySource.File);

        if (hasKeys)
        {
            throw new PersonalDataException(
                PersonalDataException.MasterKeyMissing,
                $"The master key that wrapped {SqliteKeys.FileName} is missing: restore {FileName}.");
        }

        var aside = WriteAside(folder, [MasterKey.Create()]);
        try
        {
            return Read(path, DurableFile.TryLink(aside, path) ? MasterKeySource.NewFile : MasterKeySource.File);
        }
        finally
        {
            File.Delete(aside);
            DurableFile.FlushFolder(folder);
        }
    }

    /// <summary>The keys of the folder, as they are now.</summary>
    /// <exception cref="PersonalDataException">The file is malformed, or not there.</exception>
    public static MasterKeys Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? Read(path, MasterKeySource.File)
            : throw new PersonalDataException(
                PersonalDataException.MasterKeyMissing, $"The master key that wrapped {SqliteKeys.FileName} is missing: restore {FileName}.");
    }

    /// <summary>
    /// Replaces the folder's keys at once and durably: for rotation, first with the new key before the old ones. One
    /// caller at a time.
    /// </summary>
    public static void Replace(string folder, MasterKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var leftOver in Directory.EnumerateFiles(folder, $".{FileName}.*")) File.Delete(leftOver);
        File.Move(WriteAside(folder, keys.All), Path.Combine(folder, FileName), overwrite: true);
        DurableFile.FlushFolder(folder);
    }

    private static MasterKeys Read(string path, MasterKeySource source) => MasterKeys.Parse(source, File.ReadAllText(path));

    private static string WriteAside(string folder, IReadOnlyList<MasterKey> keys)
    {
        var aside = Path.Combine(folder, $".{FileName}.{Guid.NewGuid():N}");
        DurableFile.WriteNew(aside, Heading + string.Concat(keys.Select(key => key.Reveal() + "\n")));
        return aside;
    }
}
