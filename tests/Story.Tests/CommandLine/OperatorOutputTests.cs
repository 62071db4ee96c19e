using System.Text.RegularExpressions;
using Cqrs.Domain.Users;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;
using Cqrs.Rules.Tests.Specifications;
using Cqrs.Survival.Tests.Audit;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>What the verbs for operators say, to the letter, one after the other on one folder; a change shows in review.</summary>
public sealed partial class OperatorOutputTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly DataFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("simulate")]
    [InlineData("users forget")]
    [InlineData("bus parked")]
    [InlineData("bus replay")]
    [InlineData("keys new")]
    [InlineData("keys rotate")]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("doctor")]
    [InlineData("followers list")]
    [InlineData("followers reset")]
    [InlineData("followers rebuild")]
    public async Task The_help_is_the_approved_one(string verb)
    {
        var outcome = (await CqrsShell.RunAsync([.. verb.Split(' '), "--help"])).ShouldSucceed();
        outcome.Output.ReplaceLineEndings("\n").ShouldBeApproved($"CommandLine/Approved/help-{verb.Replace(' ', '-')}.approved.txt");
    }

    [Fact]
    public async Task What_they_say_is_the_approved_text()
    {
        var said = new List<string>();
        await SayAsync("simulate --users 5 --days 20 --seed 4 --data {data}");
        var user = (await LogAudit.ReadAsync(Data)).Users.Values.Where(user => user.Status == UserStatus.Verified).Min(user => user.Id);
        await SayAsync($"users forget {user} --data {{data}}");
        await SayAsync($"users forget {user} --yes --data {{data}}");
        await ParkAsync();
        await SayAsync("bus parked --data {data}");
        await SayAsync("bus replay 00000001-0002-0003-0000-000000000000 --data {data}");
        await SayAsync("bus replay 00000001-0002-0003-0000-000000000000 --data {data}");
        await SayAsync("keys rotate --data {data}");
        await SayAsync("backup --to {folder}/backup --data {data}");
        await SayAsync("backup --to {folder}/backup --data {data}");
        await SayAsync("restore --from {folder}/backup --data {folder}/restored");
        await SayAsync("doctor --url http://127.0.0.1:1 --data {folder}/restored");
        await SayAsync("doctor --url http://127.0.0.1:1 --data {data}");

        string.Join('\n', said).ShouldBeApproved("CommandLine/Approved/operators.approved.txt");

        async Task SayAsync(string line)
        {
            var args = line.Replace("{data}", Data, StringComparison.Ordinal).Replace("{folder}", _folder.Path, StringComparison.Ordinal).Split(' ');
            var outcome = await CqrsShell.RunAsync(args);
            var text = $"$ cqrs {line}\n{outcome.Output}";
            if (outcome.Error.Length > 0) text += $"--- standard error\n{outcome.Error}";
            if (outcome.ExitCode != 0) text += $"--- exit code {outcome.ExitCode}\n";
            said.Add(SameEverywhere(text.ReplaceLineEndings("\n")));
        }
    }

    // Keys, sizes, versions and speeds are others each time.
    private string SameEverywhere(string text)
    {
        text = text.Replace(Data, "{data}", StringComparison.Ordinal).Replace(_folder.Path, "{folder}", StringComparison.Ordinal);
        text = MasterKeys().Replace(text, "m-…");
        text = Speeds().Replace(text, " in … s, … a second");
        text = Versions().Replace(text, "cqrs …, .NET …, SQLite …, …  ");
        text = Sizes().Replace(text, "… ${unit}");
        text = Bytes().Replace(text, "… ${rest}");
        text = Newest().Replace(text, "newest event of …Z");
        return string.Join('\n', Now().Replace(text, "….…. UTC").Split('\n').Select(line => Gaps().Replace(line, "  ").TrimEnd()));
    }

    private async Task ParkAsync()
    {
        using var deliveries = SqliteDeliveries.Open(Data, new StoppedClock());
        var message = new SendPush(new(1, 2, 3, new byte[8]), "AAAAAAAAAAAAAAAAAAAAAA", "invited", Sender: null, Connection: null, Data: null);
        await deliveries.AcceptAsync([message]);
        await deliveries.ParkAsync(message.Id, Reasons.OutcomeUnknown);
    }

    [GeneratedRegex("m-[0-9a-f]{12}", RegexOptions.None, 1000)]
    private static partial Regex MasterKeys();

    [GeneratedRegex(" in [0-9.]+ m?s, [0-9,]+ a second", RegexOptions.None, 1000)]
    private static partial Regex Speeds();

    [GeneratedRegex("cqrs [0-9][^,]*, .NET [^,]+, SQLite [^,]+, .*", RegexOptions.None, 1000)]
    private static partial Regex Versions();

    [GeneratedRegex("[0-9.,]+ (?<unit>MB|GB)", RegexOptions.None, 1000)]
    private static partial Regex Sizes();

    [GeneratedRegex("[0-9]{5,}(?<rest> +left out|$)", RegexOptions.Multiline, 1000)]
    private static partial Regex Bytes();

    [GeneratedRegex("20(?:2[6-9]|[3-9][0-9])-[0-9-]+ [0-9:]+ UTC", RegexOptions.None, 1000)]
    private static partial Regex Now();

    [GeneratedRegex("newest event of .*Z", RegexOptions.None, 1000)]
    private static partial Regex Newest();

    [GeneratedRegex(" {2,}", RegexOptions.None, 1000)]
    private static partial Regex Gaps();

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Noon;
    }
}
