using System.Buffers.Text;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.PersonalData;
using Cqrs.Gateway.Configuration;

namespace Cqrs.Cli.Keys;

/// <summary><c>cqrs keys new</c>: fresh keys for the settings <c>Secrets:Master</c> and <c>Secrets:Tokens</c>.</summary>
internal static class NewCommand
{
    private const string Examples = """
        Prints fresh keys for Secrets:Master and Secrets:Tokens.
        Each is written id:key, as the settings take it, with 32 bytes from the system's secure random source. Nothing is
        stored: keep what is printed in a secret store. With --for, the value is all that is printed.

        To replace a key, put the new one before the old one (NEW,OLD) and start all servers again. Then, for the master
        key, run cqrs keys rotate. For the token key, keep the old one: users whose auth token was signed with a key that
        was removed must register again.

        Examples:
          cqrs keys new
          export CQRS_Secrets__Master="$(cqrs keys new --for master)"
          export CQRS_Secrets__Tokens="$(cqrs keys new --for tokens)"

        """;

    private enum Purpose
    {
        Master,
        Tokens,
    }

    public static Command Make(CommonOptions common)
    {
        var purpose = new Option<Purpose?>("--for") { Description = "Which of the two; both if left out", HelpName = "master|tokens" };
        var command = new Command("new", Examples + ExitCodes.Table) { purpose };
        command.SetAction((parsed, _) => common.RunAsync(parsed, (data, output) => PrintAsync(data, parsed.GetValue(purpose), output)));
        return command;
    }

    private static async Task PrintAsync(string? data, Purpose? purpose, CommandOutput output)
    {
        if (purpose is { } one && output.Format == Format.Table)
        {
            // For $(…) of a shell: no heading.
            await output.Writer.WriteLineAsync(ValueOf(one, data));
            await output.Writer.FlushAsync();
            return;
        }

        await using var rows = output.Rows();
        foreach (var wanted in purpose is { } given ? [given] : Enum.GetValues<Purpose>())
            await rows.WriteAsync(new([("setting", $"Secrets:{wanted}"), ("value", ValueOf(wanted, data))]));
    }

    private static string ValueOf(Purpose purpose, string? data) => purpose == Purpose.Master ? MasterKey.Create().Reveal() : TokenKey(data);

    private static string TokenKey(string? data)
    {
        // An id must not be given twice, so that the new key can stand beside those that are configured. The key that a
        // server makes in its data folder has the id 0.
        var taken = ConfiguredList.Read(Stores.Configure(data, mayBeMissing: true), "Secrets:Tokens", ',')
            .Select(key => key.Split(':')[0])
            .Append("0")
            .ToHashSet(StringComparer.Ordinal);
        var id = Enumerable.Range(1, byte.MaxValue).Select(id => id.ToString(CultureInfo.InvariantCulture)).FirstOrDefault(id => !taken.Contains(id))
            ?? throw new CliException(ExitCodes.Config, "Secrets:Tokens uses all 255 ids. Remove keys whose tokens have expired, then run this again.");
        return $"{id}:{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenKeys.KeySize))}";
    }
}
