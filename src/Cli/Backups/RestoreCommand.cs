using System.CommandLine;
using System.Globalization;
using Cqrs.Cli.Checking;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Doctor;
using Cqrs.Cli.Followers;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Files;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Backups;

/// <summary><c>cqrs restore</c>: a data folder from a backup.</summary>
internal static class RestoreCommand
{
    private const string Examples = """
        Makes a data folder from a backup.
        Each file is checked against the manifest, first by its size and then by its SHA-256. Then the stores are examined
        as backup does it, every event of the log included (exit code 65: something is damaged). The folder appears under
        its name when all of it is there. A folder that is not empty is left alone. Whoever was forgotten after the
        backup was made has to be forgotten again.

        Examples:
          cqrs restore --from /backups/2026-11-25 --data /var/lib/cqrs
          dotnet run --project src/Api -- --Data /var/lib/cqrs

        """;

    private const int Buffer = 1 << 20;

    public static Command Make(CommonOptions common)
    {
        var from = new Option<string>("--from") { Description = "Folder that cqrs backup wrote", HelpName = "folder", Required = true };
        var command = new Command("restore", Examples + ExitCodes.Table) { from };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) => RestoreAsync(data, parsed.GetValue(from)!, output, cancel)));
        return command;
    }

    private static async Task RestoreAsync(string? data, string from, CommandOutput output, CancellationToken cancel)
    {
        var manifest = Manifest.ReadFrom(Path.GetFullPath(from));
        CheckSizes(manifest, from);
        var folder = Place.Empty(data ?? Stores.ReadSettings(data).Data);

        // Beside it, so that nobody starts on half of it.
        var aside = folder + ".restoring";
        if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        Place.Make(aside);
        try
        {
            Place.NeedsRoom(aside, manifest.Bytes);
            await CopyAsync(manifest, from, aside, output, cancel);
            CheckStores(manifest, aside, output, cancel);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(aside, folder);
            DurableFile.FlushFolder(Path.GetDirectoryName(folder)!);
        }
        catch
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
            throw;
        }

        await TellOfFollowersAsync(folder, output);
        await using var rows = output.Rows();
        await rows.WriteAsync(new([("folder", folder), ("position", manifest.Position), ("files", manifest.Files.Count), ("bytes", manifest.Bytes)]));
        if (!manifest.HasMasterKey)
            await output.Messages.WriteLineAsync($"Put {MasterKeyFile.FileName} with {string.Join(", ", manifest.MasterKeys)} into {folder}, or set Secrets:Master, before you start a server: it was not in the backup.");
        await output.Messages.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Whoever was forgotten after {manifest.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC is remembered again: cqrs users forget."));
    }

    // A backup holds no follower that is ahead of its log, unless it was so when the backup was made.
    private static async Task TellOfFollowersAsync(string folder, CommandOutput output)
    {
        if (!File.Exists(Path.Combine(folder, SqliteEventLog.FileName))) return;
        var faulty = (await FollowerChecks.FollowersAsync(folder)).Where(follower => follower.Fault is not null).ToList();
        if (faulty.Count > 0) await output.Messages.WriteLineAsync(FollowersCommand.Advice(faulty));
    }

    private static void CheckSizes(Manifest manifest, string from)
    {
        foreach (var file in manifest.Files)
        {
            var found = new FileInfo(file.In(from));
            if (!found.Exists) throw Damaged(file, "is missing");
            if (found.Length != file.Bytes) throw Damaged(file, string.Create(CultureInfo.InvariantCulture, $"has {found.Length:N0} bytes instead of {file.Bytes:N0}"));
        }
    }

    // The manifest's sums detect damage since the backup was made; this detects a log that was damaged before.
    private static void CheckStores(Manifest manifest, string folder, CommandOutput output, CancellationToken cancel)
    {
        const string outcome = "Nothing was restored.";
        var stores = manifest.Files.Select(file => file.Path).Where(path => path.EndsWith(".db", StringComparison.Ordinal));
        if (StoreCheck.All(folder, stores, outcome, output, cancel) is not { } log) return;
        if (log.Head != manifest.Position)
        {
            throw new CliException(ExitCodes.Damaged, string.Create(
                CultureInfo.InvariantCulture, $"The log of the backup ends at position {log.Head}, its manifest says {manifest.Position}. {outcome} Restore another backup."));
        }

        if (manifest.Chain is { } chain && log.Chain != chain)
            throw new CliException(ExitCodes.Damaged, $"The log of the backup is not the one that was backed up: its hash chain ends in {log.Chain ?? "nothing"}, the manifest says {chain}. {outcome} Restore another backup.");
    }

    private static async Task CopyAsync(Manifest manifest, string from, string to, CommandOutput output, CancellationToken cancel)
    {
        using var progress = output.Progress("MB");
        var (done, buffer) = (0L, new byte[Buffer]);
        foreach (var file in manifest.Files)
        {
            Place.Make(Path.GetDirectoryName(file.In(to))!);
            await using (var source = File.OpenRead(file.In(from)))
            await using (var copy = PrivateFile.Create(file.In(to), must: true))
            {
                for (int read; (read = await source.ReadAsync(buffer, cancel)) > 0;)
                {
                    await copy.WriteAsync(buffer.AsMemory(0, read), cancel);
                    progress.Report((long)((done += read) / 1e6), (double)done / Math.Max(1, manifest.Bytes));
                }
            }

            // What was written is what counts.
            if (BackupFile.Seal(to, file.Path) != file) throw Damaged(file, "has other content than the manifest says");
        }
    }

    private static CliException Damaged(BackupFile file, string what) =>
        new(ExitCodes.Io, $"{file.Path} of the backup {what}. Nothing was restored. Restore another backup.");
}
