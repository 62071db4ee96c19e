using System.CommandLine;
using Cqrs.Cli.CommandLine;
using Cqrs.Gateway;
using Microsoft.Extensions.Logging;

namespace Cqrs.Cli.Gateway;

/// <summary><c>cqrs gateway</c>: the log alone, over EventStoreDB's protocol. Needs no secret, and opens nothing personal.</summary>
internal static class GatewayCommand
{
    private const string Examples = """
        Serves the log over EventStoreDB's (KurrentDB's) protocol until Ctrl-C, beside a running server or alone.
        Personal data leave as they lie in the log: sealed. Who may call is configured (Gateway:Credentials,
        Gateway:ReadOnlyCredentials), so is TLS (Gateway:Certificate:Path). A folder without a log gets one.

        Examples:
          cqrs gateway --urls http://127.0.0.1:2113
          CQRS_Gateway__ReadOnlyCredentials=analyst:… CQRS_Gateway__Certificate__Path=gateway.pem \
          CQRS_Gateway__Certificate__KeyPath=gateway.key cqrs gateway --urls https://0.0.0.0:2113

        """;

    public static Command Make(CommonOptions common)
    {
        var urls = new Option<string?>("--urls") { Description = "Addresses, separated by semicolons; as configured (Gateway:Urls) if left out", HelpName = "urls" };
        var command = new Command("gateway", Examples + ExitCodes.Table) { urls };
        command.SetAction((parsed, cancel) =>
        {
            KeyValuePair<string, string?>[] settings = parsed.GetValue(urls) is { } given ? [new("Gateway:Urls", given)] : [];
            return common.RunAsync(parsed, (stores, output) => ServeAsync(stores, output.Messages, cancel), mayBeNew: true, settings);
        });
        return command;
    }

    private static async Task ServeAsync(Stores stores, TextWriter messages, CancellationToken cancel)
    {
        if (!stores.Settings.Gateway.IsOn)
            throw new CliException(ExitCodes.Config, "There is no address to listen on. Add --urls http://127.0.0.1:2113, or set Gateway:Urls.");
        using var loggers = LoggerFactory.Create(logging => logging
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning)

            // It would log the failure of a start with its stack trace; the command reports it in one line.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None));
        await using var gateway = GatewayServer.Make(stores.Settings.Gateway, stores.Log, loggers);
        await StartAsync(gateway, cancel);
        await messages.WriteLineAsync($"The log in {stores.Settings.Data} speaks EventStoreDB's protocol on {string.Join(", ", gateway.Addresses)}. Stop with Ctrl-C.");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await gateway.StopAsync(CancellationToken.None);
    }

    private static async Task StartAsync(GatewayServer gateway, CancellationToken cancel)
    {
        const string Advice = "Choose other addresses with --urls or Gateway:Urls, for example http://127.0.0.1:2113.";
        try
        {
            await gateway.StartAsync(cancel);
        }
        catch (IOException e)
        {
            throw new CliException(ExitCodes.Io, $"The gateway cannot listen: {e.Message} {Advice}");
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new CliException(ExitCodes.Config, $"The gateway cannot listen: {e.Message} {Advice}");
        }
    }
}
