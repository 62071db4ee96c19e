using System.CommandLine;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Cli.Keys;

/// <summary><c>cqrs keys rotate</c>: another master key wraps the users' keys.</summary>
internal static class RotateCommand
{
    private const string Examples = """
        Replaces the master key.
        The users' keys stay as they are, so nothing that is sealed is touched; each is wrapped anew. Cut off at any
        moment it leaves every key readable, and goes on when called again. Running servers on the same folder follow by
        themselves. Keep a copy of master.key afterwards, and throw old ones away once no backup needs them: a backup
        from before can be read only with the master key of its day.

        Where Secrets:Master gives the key by configuration, put the new one before the old one there (NEW,OLD), start
        all servers again, and then run this.

        Examples:
          cqrs keys rotate
          cqrs keys rotate --data /var/lib/cqrs --format json

        """;

    // Empty, and locked by the running rotation. It is never deleted: another process may be waiting for its lock.
    private const string TurnFile = "master.turn";

    public static Command Keys(CommonOptions common) => new("keys", "The master key, and the keys of users") { NewCommand.Make(common), Make(common) };

    private static Command Make(CommonOptions common)
    {
        var command = new Command("rotate", Examples + ExitCodes.Table);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) => RotateAsync(data, output, cancel)));
        return command;
    }

    private static async Task RotateAsync(string? data, CommandOutput output, CancellationToken cancel)
    {
        using var alone = BeAlone(Stores.ReadSettings(data).Data);
        await using var stores = Stores.Open(data);
        var keys = stores.Part<SqliteKeys>();
        var (folder, before) = (stores.Settings.Data, keys.Masters);
        var target = TargetOf(before);
        if (before.Source != MasterKeySource.Configuration && before.Current.Id != target.Id) MasterKeyFile.Replace(folder, before.WrappingWith(target));

        var all = keys.CountWrappedByOthers(target);
        using (var progress = output.Progress("keys"))
        {
            var seen = 0L;
            await keys.RewrapAsync(target, batch => progress.Report(seen += batch, (double)seen / Math.Max(1, all)), cancel);
        }

        if (keys.CountWrappedByOthers(target) is > 0 and var left)
            throw new CliException(ExitCodes.Io, $"{left} keys are still wrapped by another master key. Nothing is lost; run it again.");
        if (before.Source != MasterKeySource.Configuration) MasterKeyFile.Replace(folder, new(MasterKeySource.File, [target]));

        await using var rows = output.Rows();
        await rows.WriteAsync(new([("masterKey", target.Id), ("rewrapped", all), ("retired", string.Join(' ', before.All.Where(key => key.Id != target.Id).Select(key => key.Id)))]));
        await output.Messages.WriteLineAsync(before.Source == MasterKeySource.Configuration
            ? "Only the first key of Secrets:Master is in use now; take the others away there."
            : $"{MasterKeyFile.FileName} has changed: make a copy of it, apart from copies of {SqliteKeys.FileName}.");
        if (before.All.Where(key => key.Id != target.Id).Select(key => key.Id).ToList() is { Count: > 0 } retired)
        {
            await output.Messages.WriteLineAsync(
                $"Backups from before now still need the old key ({string.Join(", ", retired)}): keep its copy for as long as you keep them.");
        }
    }

    // Two keys in the file: a rotation began, and did not come to its end.
    private static MasterKey TargetOf(MasterKeys before) => before switch
    {
        { All.Count: > 1 } => before.Current,
        { Source: MasterKeySource.Configuration } => throw new CliException(
            ExitCodes.Config,
            "Secrets:Master gives one key only. Put a new one before it (Secrets:Master=NEW,OLD; cqrs keys new --for master makes one), start all servers again, and run this with the same configuration."),
        _ => MasterKey.Create(),
    };

    // Two rotations at once would retire each other's key.
    private static FileStream BeAlone(string folder)
    {
        var path = Path.Combine(folder, TurnFile);
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new CliException(ExitCodes.Busy, $"The master key of {folder} is being replaced already. Wait until that has ended.");
        }
    }
}
