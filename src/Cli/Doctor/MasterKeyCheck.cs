using Cqrs.Api.Configuration;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Cli.Doctor;

/// <summary>Whether there is a master key, whether it wrapped the keys, and whether others may read it.</summary>
internal static class MasterKeyCheck
{
    private const string Check = "master key";

    public static IEnumerable<Finding> Examine(Settings settings)
    {
        var file = Path.Combine(settings.Data, MasterKeyFile.FileName);
        var (masters, fault) = Read(settings);
        if (fault is not null)
        {
            yield return fault;
            yield break;
        }

        if (masters!.Source == MasterKeySource.File && FolderChecks.IsOpenToOthers(file))
            yield return Finding.Fault(Check, $"{file} may be read by others", $"chmod 600 {file}, and cqrs keys rotate if another user may have read it.");
        yield return masters is { Source: MasterKeySource.File, All.Count: > 1 }
            ? Finding.Look(Check, $"{masters.Current.Id}; its rotation was cut off", "cqrs keys rotate finishes it.")
            : Finding.Ok(Check, $"{masters.Current.Id} ({(masters.Source == MasterKeySource.File ? MasterKeyFile.FileName : "Secrets:Master")}), {Fits(settings.Data)}");
    }

    private static string Fits(string folder) =>
        File.Exists(Path.Combine(folder, SqliteKeys.FileName)) ? $"fits {SqliteKeys.FileName}" : $"there is no {SqliteKeys.FileName}";

    private static (MasterKeys? Masters, Finding? Fault) Read(Settings settings)
    {
        try
        {
            var masters = settings.MasterSecret is { } secret ? MasterKeys.Parse(secret) : MasterKeyFile.Load(settings.Data);
            if (File.Exists(Path.Combine(settings.Data, SqliteKeys.FileName))) SqliteKeys.Open(settings.Data, masters).Dispose();
            return (masters, null);
        }
        catch (PersonalDataException e)
        {
            return (null, Finding.Fault(Check, e.Message, "Without it nothing personal can be read, and no server starts. Take it from where it was kept apart from the backups."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, Finding.Fault(Check, e.Message, "Run it as the user that the server runs as."));
        }
    }
}
