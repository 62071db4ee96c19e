using System.CommandLine;
using System.Globalization;
using Cqrs.Api.Configuration;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Microsoft.AspNetCore.Http;

namespace Cqrs.Cli.Doctor;

/// <summary><c>cqrs doctor</c>: looks at everything a server needs, and says for each fault what to do next.</summary>
internal static class DoctorCommand
{
    private const string Examples = """
        Looks at everything that a server needs, and says what to do next.
        Versions, configuration, data folder, disk, each store, the master key; and of a running server its health, its
        clock and its certificate. Nothing is changed, and no secret is shown.

        With --deep it reads every page of the stores and checks every event of the log against its checksum and the hash
        chain. Exit code 65: stored data are damaged.

        Examples:
          cqrs doctor
          cqrs doctor --deep
          cqrs doctor --url https://cqrs.example.com --format jsonl | jq 'select(.verdict != "ok")'

        """;

    public static Command Make(CommonOptions common)
    {
        var url = new Option<Uri?>("--url")
        {
            Description = "Address of a running server; as configured (Urls) if left out",
            HelpName = "address",
            CustomParser = static result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return address;
                result.AddError($"'{result.Tokens[0].Value}' is no address of a server. For example http://127.0.0.1:5080.");
                return null;
            },
        };
        var deep = new Option<bool>("--deep") { Description = "Read every page and every event of the stores, too; minutes for a large log" };
        var command = new Command("doctor", Examples + ExitCodes.Table) { url, deep };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) =>
            ExamineAsync(data, parsed.GetValue(url), parsed.GetValue(deep), output, cancel)));
        return command;
    }

    private static async Task ExamineAsync(string? data, Uri? url, bool deep, CommandOutput output, CancellationToken cancel)
    {
        var (faults, looks, isDamaged) = (0, 0, false);
        await using (var rows = output.Rows())
        {
            using var progress = output.Progress("checks");
            await foreach (var check in ChecksAsync(data, url, deep, output, cancel))
            {
                foreach (var finding in await WatchAsync(check, progress, cancel))
                {
                    faults += finding.Verdict == Verdict.Fault ? 1 : 0;
                    isDamaged |= finding.IsDamage;
                    looks += finding.Verdict == Verdict.Look ? 1 : 0;
                    IEnumerable<Row> lines = output.Format == Format.Table ? finding.ToLines(RoomOf(output)) : [finding.ToRow()];
                    foreach (var line in lines) await rows.WriteAsync(line);
                }
            }
        }

        var summary = string.Create(CultureInfo.InvariantCulture, $"Faults: {faults}; to look at: {looks}.");
        if (faults > 0) throw new CliException(isDamaged ? ExitCodes.Damaged : ExitCodes.Faults, $"{summary} What to do next stands below each.");
        await output.Messages.WriteLineAsync(summary);
    }

    // Beside the longest name of a check and the verdict.
    private static int? RoomOf(CommandOutput output) => output.Width is { } width ? Math.Max(24, width - 38) : null;

    /// <summary>Runs a check; one that lasts is named on standard error meanwhile. A check without a limit shows its own progress.</summary>
    private static async Task<IReadOnlyList<Finding>> WatchAsync(Check check, ProgressLine progress, CancellationToken cancel)
    {
        if (check.Limit == Timeout.InfiniteTimeSpan) return await check.ExamineAsync(cancel);
        var examined = check.ExamineAsync(cancel);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (await Task.WhenAny(examined, Task.Delay(progress.UntilShown, soon.Token)) != examined)
            progress.Show($"checking {check.Name}, for {check.Limit.TotalSeconds} s at most …");
        await soon.CancelAsync();
        var findings = await examined;
        progress.Dispose();
        return findings;
    }

    private static async IAsyncEnumerable<Check> ChecksAsync(
        string? data, Uri? url, bool deep, CommandOutput output, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        yield return Check.Of("versions", () => [Versions.Examine()]);

        // The settings decide what else there is to check, so they are read between two checks.
        var (settings, findings) = await ConfigurationCheck.ExamineAsync(data, cancel);
        yield return Check.Of("configuration", () => findings);
        if (settings is not null && Directory.Exists(settings.Data))
        {
            yield return Check.Of("data folder", () => [.. FolderChecks.Examine(settings)]);
            long? head = null;
            if (settings.EventStore is { } server)
            {
                head = -1;
                yield return EventStoreDbCheck.Of(server, known => head = known);
            }

            foreach (var check in StoreChecks.Of(settings.Data, head)) yield return check;
            yield return FollowerChecks.Of(settings, head);
            yield return Check.Of("master key", () => [.. MasterKeyCheck.Examine(settings)]);
            yield return KeysCheck.Of(settings, head);
            foreach (var check in deep ? DeepChecks.Of(settings, output, cancel) : []) yield return check;
        }

        if ((url ?? AddressOf(settings)) is { } address) yield return ServerChecks.Of(address, isAskedFor: url is not null);
    }

    // A server that listens on all addresses is reached on this machine. A socket file and a free port (0) have no address.
    private static Uri? AddressOf(Settings? settings)
    {
        foreach (var url in settings?.Urls ?? [])
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0) continue;
            var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
            return new UriBuilder(address.Scheme, host, address.Port).Uri;
        }

        return null;
    }
}
