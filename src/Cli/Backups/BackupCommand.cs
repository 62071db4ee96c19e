using System.CommandLine;
using Cqrs.Cli.Checking;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Doctor;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Backups;

/// <summary><c>cqrs backup</c>: the embedded stores, as of one moment, while servers go on writing.</summary>
internal static class BackupCommand
{
    private const string Examples = """
        Copies the data folder as of one moment, while servers go on.
        Log, keys, read models, mailboxes, notifications, videos: everything that was answered before it began is in it.
        The master key is left out, for whoever holds both can read everything. Keep a copy of master.key elsewhere, or
        ask for it with --with-master-key.

        What was copied is examined: the pages of each file, every event of the log, the hash chain. Where something is
        damaged no backup is made, and the message says what and what to do (exit code 65).

        Examples:
          cqrs backup --to /backups/2026-11-25
          cqrs backup --to /backups/2026-11-25 --with-master-key --format json
          cqrs restore --from /backups/2026-11-25 --data /var/lib/cqrs

        """;

    private const string NoBackup = "No backup was made; keep the earlier ones.";
    private const string Videos = "videos";
    private const string Incoming = "incoming";

    public static Command Make(CommonOptions common)
    {
        var to = new Option<string>("--to") { Description = "Folder to make", HelpName = "folder", Required = true };
        var withMasterKey = new Option<bool>("--with-master-key") { Description = "Put master.key into it, too" };
        var command = new Command("backup", Examples + ExitCodes.Table) { to, withMasterKey };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) => BackupAsync(
            data, parsed.GetValue(to)!, parsed.GetValue(withMasterKey), output, cancel)));
        return command;
    }

    private static async Task BackupAsync(string? data, string to, bool withMasterKey, CommandOutput output, CancellationToken cancel)
    {
        var folder = Stores.WithLog(Stores.ReadSettings(data)).Data;
        var target = Place.Empty(to);
        if (target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new CliException(ExitCodes.CannotCreate, $"{target} lies in the data folder itself. Name a folder elsewhere, best on another disk.");
        if (KeysFault(folder) is { } fault) throw new CliException(ExitCodes.Damaged, $"{fault.Message} {NoBackup}");
        Place.Make(target);
        Manifest manifest;
        try
        {
            manifest = CopyWhole(folder, target, withMasterKey, output, cancel);
        }
        catch
        {
            // A part of a backup cannot be restored.
            Directory.Delete(target, recursive: true);
            throw;
        }

        // From here on the backup is whole, and is kept even where its report cannot be written.
        await ReportAsync(target, manifest, output);
    }

    // Without the keys of its log a backup would restore nothing personal.
    private static PersonalDataException? KeysFault(string folder)
    {
        try
        {
            return File.Exists(Path.Combine(folder, SqliteEventLog.FileName)) ? SealedLogCheck.Fault(folder) : null;
        }
        catch (Exception e) when (e is EventLogException or PersonalDataException)
        {
            // The examination of the copies names the file that is damaged.
            return null;
        }
    }

    private static async Task ReportAsync(string target, Manifest manifest, CommandOutput output)
    {
        await using var rows = output.Rows();
        await rows.WriteAsync(new(
        [
            ("folder", target), ("position", manifest.Position), ("files", manifest.Files.Count), ("bytes", manifest.Bytes),
            ("masterKey", manifest.HasMasterKey ? "included" : "left out"),
        ]));
        if (!manifest.HasMasterKey)
            await output.Messages.WriteLineAsync($"The master key ({string.Join(", ", manifest.MasterKeys)}) is not in it, and nothing personal can be read without. Keep it elsewhere.");
    }

    private static Manifest CopyWhole(string folder, string target, bool withMasterKey, CommandOutput output, CancellationToken cancel)
    {
        try
        {
            return Copy(folder, target, withMasterKey, output, cancel);
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Corrupt)
        {
            // A file is too damaged to be copied. Examining each file tells which one.
            StoreCheck.All(folder, Snapshots.PathsIn(folder), NoBackup, output, cancel);
            throw new CliException(ExitCodes.Damaged, $"{e.Message} {NoBackup}");
        }
    }

    private static Manifest Copy(string folder, string target, bool withMasterKey, CommandOutput output, CancellationToken cancel)
    {
        using var snapshots = Snapshots.Take(folder);
        var madeAt = TimeProvider.System.GetUtcNow();
        var position = snapshots.Log.Number("SELECT coalesce(max(position), 0) FROM events");
        var masterKeys = snapshots.Keys.Texts("SELECT name FROM master_keys ORDER BY id");
        var videos = VideosIn(folder);
        var all = snapshots.Stores.Sum(store => store.Snapshot.Length) + videos.Sum(path => new FileInfo(Path.Combine(folder, path)).Length);
        Place.NeedsRoom(target, all);

        var files = new List<BackupFile>();
        using var progress = output.Progress("MB");
        var done = 0L;
        var stores = snapshots.Stores.ToList();
        foreach (var (path, snapshot) in stores)
        {
            Place.Make(Path.GetDirectoryName(Path.Combine(target, path))!);

            // The folder may be one that other users can look into: the file is closed to them before anything is in it.
            PrivateFile.Create(Path.Combine(target, path), must: true).Dispose();
            snapshot.CopyTo(Path.Combine(target, path), Count, cancel);
            snapshots.Release(path);
        }

        // After all locks are released, because examining takes longer than copying.
        var log = StoreCheck.All(target, stores.Select(store => store.Path), NoBackup, output, cancel);
        foreach (var (path, _) in stores) files.Add(BackupFile.Seal(target, path));

        foreach (var path in videos)
        {
            cancel.ThrowIfCancellationRequested();
            if (TryCopy(folder, target, path)) files.Add(BackupFile.Seal(target, path));
            Count(files[^1].Bytes);
        }

        var hasMasterKey = withMasterKey && TryCopy(folder, target, MasterKeyFile.FileName);
        if (withMasterKey && !hasMasterKey)
            throw new CliException(ExitCodes.NoInput, $"There is no {MasterKeyFile.FileName} in {folder}: the master key is given by Secrets:Master. Leave out --with-master-key, and keep that setting.");
        if (hasMasterKey) files.Add(BackupFile.Seal(target, MasterKeyFile.FileName));
        var manifest = new Manifest(Format: 1, Versions.OfProgram, madeAt, position, masterKeys, hasMasterKey, files, log?.Chain);
        manifest.WriteTo(target);
        return manifest;

        void Count(long bytes) => progress.Report((long)((done += bytes) / 1e6), (double)done / all);
    }

    // Videos never change: a file under its name is whole. Those that are added after the mailboxes were held do no harm.
    private static List<string> VideosIn(string folder)
    {
        var videos = Path.Combine(folder, Videos);
        return !Directory.Exists(videos) ? [] :
        [
            .. Directory.EnumerateDirectories(videos).Where(mailbox => Path.GetFileName(mailbox) != Incoming).SelectMany(Directory.EnumerateFiles)
                .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal),
        ];
    }

    // An expired video may be deleted at any moment.
    private static bool TryCopy(string folder, string target, string path)
    {
        var copy = Path.Combine(target, path);
        Place.Make(Path.GetDirectoryName(copy)!);
        try
        {
            File.Copy(Path.Combine(folder, path), copy);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
