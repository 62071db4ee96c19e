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

        Examples:
          cqrs doctor
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
        var command = new Command("doctor", Examples + ExitCodes.Table) { url };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (data, output) => ExamineAsync(data, parsed.GetValue(url), output, cancel)));
        return command;
    }

    private static async Task ExamineAsync(string? data, Uri? url, CommandOutput output, CancellationToken cancel)
    {
        var (faults, looks) = (0, 0);
        await using (var rows = output.Rows())
        {
            await foreach (var finding in FindingsAsync(data, url, cancel).WithCancellation(cancel))
            {
                faults += finding.Verdict == Verdict.Fault ? 1 : 0;
                looks += finding.Verdict == Verdict.Look ? 1 : 0;
                IEnumerable<Row> lines = output.Format == Format.Table ? finding.ToLines(RoomOf(output)) : [finding.ToRow()];
                foreach (var line in lines) await rows.WriteAsync(line);
            }
        }

        var summary = string.Create(CultureInfo.InvariantCulture, $"Faults: {faults}; to look at: {looks}.");
        if (faults > 0) throw new CliException(ExitCodes.Faults, $"{summary} What to do next stands below each.");
        await output.Messages.WriteLineAsync(summary);
    }

    // Beside the longest name of a check and the verdict.
    private static int? RoomOf(CommandOutput output) => output.Width is { } width ? Math.Max(24, width - 38) : null;

    private static async IAsyncEnumerable<Finding> FindingsAsync(
        string? data, Uri? url, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        yield return Versions.Examine();
        var (settings, findings) = ConfigurationCheck.Examine(data);
        foreach (var finding in findings) yield return finding;
        if (settings is not null && Directory.Exists(settings.Data))
        {
            foreach (var finding in FolderChecks.Examine(settings)) yield return finding;
            var (log, head) = settings.EventStore is { } server ? await EventStoreDbCheck.ExamineAsync(server, cancel) : ([], null);
            foreach (var finding in log) yield return finding;
            foreach (var finding in StoreChecks.Examine(settings.Data, head)) yield return finding;
            foreach (var finding in await FollowerChecks.ExamineAsync(settings, head, cancel)) yield return finding;
            foreach (var finding in MasterKeyCheck.Examine(settings)) yield return finding;
        }

        if ((url ?? AddressOf(settings)) is not { } address) yield break;
        await foreach (var finding in ServerChecks.ExamineAsync(address, isAskedFor: url is not null, cancel)) yield return finding;
    }

    // A server that listens everywhere is reached here.
    private static Uri? AddressOf(Settings? settings)
    {
        var first = settings?.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (first is null) return null;
        var address = BindingAddress.Parse(first);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }
}
