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

    /// <param name="error">Hears where it listens, and what goes wrong.</param>
    public static Command Make(CommonOptions common, TextWriter error)
    {
        var urls = new Option<string?>("--urls") { Description = "Addresses, separated by semicolons; as configured (Gateway:Urls) if left out", HelpName = "urls" };
        var command = new Command("gateway", Examples + ExitCodes.Table) { urls };
        command.SetAction((parsed, cancel) =>
        {
            KeyValuePair<string, string?>[] settings = parsed.GetValue(urls) is { } given ? [new("Gateway:Urls", given)] : [];
            return common.RunAsync(parsed, (stores, _) => ServeAsync(stores, error, cancel), mayBeNew: true, settings);
        });
        return command;
    }

    private static async Task ServeAsync(Stores stores, TextWriter error, CancellationToken cancel)
    {
        if (!stores.Settings.Gateway.IsOn)
            throw new CliException(ExitCodes.Config, "There is no address to listen on. Add --urls http://127.0.0.1:2113, or set Gateway:Urls.");
        using var loggers = LoggerFactory.Create(logging => logging
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning));
        await using var gateway = GatewayServer.Make(stores.Settings.Gateway, stores.Log, loggers);
        await gateway.StartAsync(cancel);
        await error.WriteLineAsync($"The log in {stores.Settings.Data} speaks EventStoreDB's protocol on {string.Join(", ", gateway.Addresses)}. Stop with Ctrl-C.");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await gateway.StopAsync(CancellationToken.None);
    }
}
