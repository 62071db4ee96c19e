using System.Text;
using System.Text.RegularExpressions;
using Cqrs.Api.Endpoints;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;
using Cqrs.Rules.Tests.Specifications;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs projections</c> beside a running server.</summary>
public sealed partial class ProjectionsTests : IAsyncLifetime
{
    private StoryServer server = null!;
    private Phone ada = null!;
    private Phone bob = null!;

    public async Task InitializeAsync()
    {
        server = await StoryServer.StartAsync("--Projections:RebuildStale=false");
        ada = await Phone.RegisteredAsync(server, "Ada", "Lovelace");
        bob = await Phone.RegisteredAsync(server, "Bob", "Babbage");
        await bob.StepsAsync("accept", await ada.InvitesAsync(bob));
        await LiveAsync("users");
        await LiveAsync("connections");
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task The_list_tells_how_they_are()
    {
        var rows = (await RunAsync("list", "--format", "jsonl")).ShouldSucceed().Rows;

        rows.Select(row => row.GetProperty("name").GetString()).ShouldBe(["connections", "users"]);
        foreach (var row in rows)
        {
            row.GetProperty("state").GetString().ShouldBe("live");
            row.GetProperty("lagEvents").GetInt64().ShouldBe(0);
            row.GetProperty("position").GetInt64().ShouldBe(await server.HeadAsync());
            row.GetProperty("stale").GetBoolean().ShouldBeFalse();
            row.GetProperty("version").GetString().ShouldBe(row.GetProperty("current").GetString());
            row.GetProperty("lastError").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task Rebuilt_beside_the_server_they_serve_on_and_are_as_the_log_says()
    {
        var bits = await ada.MeAsync();
        foreach (var row in (await RunAsync("rebuild", "--all", "--format", "jsonl")).ShouldSucceed().Rows)
            row.GetProperty("position").GetInt64().ShouldBe(await server.HeadAsync());

        (await bob.EntryAsync()).State.ShouldBe("connected");
        (await ada.MeAsync()).Text.ShouldBe(bits.Text);
        await bob.StepsAsync("clear", (await bob.EntryAsync()).ConnectionId);
        (await ada.EntryAsync()).State.ShouldBe("contact");
        (await RunAsync("verify", "--all", "--format", "jsonl")).ShouldSayOnly("0 differences");
        Directory.GetFiles(Folder, "*.*.db").Select(Path.GetFileName).ShouldBe(["connections.2.db", "users.2.db"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_other_code_built_is_told_by_list_and_health_and_rebuilt_alone()
    {
        using (var tables = SqliteTables.OpenToWrite(SqliteProjection.PathOf(Folder, new UsersModel())))
            tables.Run("UPDATE built SET fingerprint = 'aaaaaaaa'");
        await server.RestartAsync();
        await LiveAsync("users");

        var stale = (await RunAsync("list", "--format", "jsonl")).ShouldSucceed().Rows.Where(row => row.GetProperty("stale").GetBoolean()).ShouldHaveSingleItem();
        stale.GetProperty("version").GetString().ShouldBe("aaaaaaaa");
        (await RunAsync("list")).ShouldSucceed().Output.ShouldContain("aaaaaaaa (stale)");
        (await HealthAsync("projection users")).ShouldSatisfyAllConditions(
            health => health.Status.ShouldBe("ok"),
            health => health.Detail.ShouldNotBeNull().ShouldContain("cqrs projections rebuild users"));

        (await RunAsync("rebuild", "--stale", "--format", "jsonl")).ShouldSucceed().Rows.Select(row => row.GetProperty("name").GetString()).ShouldBe(["users"]);
        (await RunAsync("rebuild", "--stale", "--format", "jsonl")).ShouldSucceed().Output.ShouldBeEmpty();
        await Wait.UntilAsync(() => HealthAsync("projection users"), health => health.Detail is null);
    }

    [Fact]
    public async Task A_changed_row_is_found_and_mended_by_a_rebuild()
    {
        using (var tables = SqliteTables.OpenToWrite(SqliteProjection.PathOf(Folder, new UsersModel())))
            tables.Run("UPDATE users SET epoch = 9 WHERE id = $1", ada.UserId.ToByteArray(bigEndian: true));

        var found = await RunAsync("verify", "users", "--format", "jsonl");

        found.ExitCode.ShouldBe(ExitCodes.Different);
        found.Error.ShouldContain("cqrs: users: not what the log folds to");
        var row = found.Rows.ShouldHaveSingleItem();
        row.ToString().ShouldBe($$"""{"projection":"users","table":"users","key":"{{ada.UserId}}","column":"epoch","live":"9","fresh":"1"}""");

        (await RunAsync("rebuild", "users")).ShouldSucceed();
        (await RunAsync("verify", "users")).ShouldSayOnly("0 differences");
        (await ada.MeAsync()).ShouldBe(200);
    }

    [Fact]
    public async Task A_projection_that_was_stopped_tries_again_when_it_is_told_to()
    {
        (await RunAsync("resume", "users")).ShouldFail(ExitCodes.Unavailable, "users is live, not stopped; there is nothing to resume.");
        var poison = await PoisonAsync();
        await Wait.UntilAsync(() => RunAsync("list", "--format", "jsonl"), list => StateOf(list, "users") == "stopped");

        var error = (await RunAsync("list", "--format", "jsonl")).Rows[1].GetProperty("lastError");
        (error.GetProperty("position").GetInt64(), error.GetProperty("type").GetString(), error.GetProperty("stream").GetString())
            .ShouldBe((poison, "tokens-revoked.v1", "user-poison"));
        (await RunAsync("resume", "users")).ShouldFail(ExitCodes.BadEvent, $"stopped again: EventFormatException at position {poison} of user-poison (tokens-revoked.v1)");
        (await RunAsync("rebuild", "users")).ShouldFail(ExitCodes.BadEvent, $"users cannot be rebuilt: EventFormatException at position {poison}");

        // The event itself is changed with its checksum, which an operator must not do.
        RewrittenEvent.Write(Path.Combine(server.Data.Path, "log.db"), poison, $$"""{"user":"{{Guid.NewGuid()}}","epoch":1,"at":"2026-01-01T00:00:00.000Z"}""");
        await server.RestartAsync();
        await LiveAsync("users");
        (await RunAsync("list", "--format", "jsonl")).Rows[1].GetProperty("lastError").GetProperty("position").GetInt64().ShouldBe(poison, "what it met last stays to be seen");
    }

    [Fact]
    public async Task Without_a_server_the_lag_is_counted_and_nothing_can_be_resumed()
    {
        await PoisonAsync();
        await Wait.UntilAsync(() => RunAsync("list", "--format", "jsonl"), list => StateOf(list, "users") == "stopped");
        using var copy = new DataFolder();
        foreach (var file in Directory.GetFiles(server.Data.Path, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lease", StringComparison.Ordinal)))
        {
            var target = Path.Combine(copy.Path, Path.GetRelativePath(server.Data.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        using (var tables = SqliteTables.OpenToWrite(SqliteProjection.PathOf(Path.Combine(copy.Path, "projections"), new UsersModel())))
            tables.Run("UPDATE status SET seen = 0");

        var users = (await CqrsShell.RunAsync(["projections", "list", "--format", "jsonl", "--data", copy.Path])).ShouldSucceed().Rows[1];
        (users.GetProperty("state").GetString(), users.GetProperty("lagEvents").GetInt64()).ShouldBe(("not-running", 1));
        users.GetProperty("lagSeconds").GetDouble().ShouldBeGreaterThan(0);
        (await CqrsShell.RunAsync(["projections", "resume", "users", "--data", copy.Path])).ShouldFail(ExitCodes.Unavailable, "No server runs users now");
    }

    [Theory]
    [InlineData(ExitCodes.NoInput, "There is no projection cats. There are: connections, users.", "rebuild", "cats")]
    [InlineData(ExitCodes.NoInput, "There is no projection cats. There are: connections, users.", "resume", "cats")]
    [InlineData(ExitCodes.Usage, "Name a projection, or say --all or --stale.", "rebuild")]
    [InlineData(ExitCodes.Usage, "Name a projection, or say --all or --stale.", "rebuild", "users", "--all")]
    [InlineData(ExitCodes.Usage, "Name a projection, or say --all.", "verify")]
    public async Task What_cannot_be_meant_is_said(int exitCode, string what, params string[] args) => (await RunAsync(args)).ShouldFail(exitCode, what);

    [Fact]
    public async Task Ctrl_C_ends_a_rebuild_and_says_that_it_goes_on()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        var outcome = await CqrsShell.RunAsync(["projections", "rebuild", "users", "--data", server.Data.Path], cancel: stop.Token);

        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
        outcome.Error.ShouldContain("Call it again and it goes on");
        (await RunAsync("rebuild", "users")).ShouldSucceed();
    }

    [Fact]
    public async Task The_output_is_the_approved_one()
    {
        var text = new StringBuilder();
        foreach (var line in (string[])["list --help", "rebuild --help", "verify --help", "resume --help", "list", "rebuild --all", "verify --all", "list --format csv", "rebuild users --format json"])
        {
            var outcome = await RunAsync(line.Split(' '));
            var said = (outcome.Output + outcome.Error).ReplaceLineEndings("\n");
            text.Append($"$ cqrs projections {line}\n{(line.EndsWith("help", StringComparison.Ordinal) ? Help(said) : Neutral(said))}\n");
        }

        text.ToString().ShouldBeApproved("CommandLine/Projections.approved.txt");
    }

    private string Folder => Path.Combine(server.Data.Path, "projections");

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(server, ["projections", .. args]);

    private async Task LiveAsync(string name)
    {
        var head = await server.HeadAsync();
        await Wait.UntilAsync(() => RunAsync("list", "--format", "jsonl"), list => StateOf(list, name) == "live" && list.Rows.All(row => row.GetProperty("position").GetInt64() >= head));
    }

    private async Task<long> PoisonAsync()
    {
        var log = server.Services.GetRequiredService<IEventLog>();
        return (await log.AppendAsync("user-poison", ExpectedVersion.Any, [new(Guid.NewGuid(), "tokens-revoked.v1", "no JSON"u8.ToArray(), "{}"u8.ToArray())])).Position.Value;
    }

    private async Task<DependencyHealth> HealthAsync(string dependency) => (await server.GetAsync("/health/ready")).As<HealthResponse>().Dependencies[dependency];

    private static string? StateOf(Outcome list, string name) =>
        list.Rows.Single(row => row.GetProperty("name").GetString() == name).GetProperty("state").GetString();

    // The program has another name here; exit codes are those of all verbs.
    private static string Help(string text) => Codes().Replace(Program().Replace(text, "  cqrs projections"), "Exit codes: …\n\n");

    // What differs from run to run: numbers, versions, and with them the width of columns.
    private static string Neutral(string text) => Spaces().Replace(Numbers().Replace(Versions().Replace(text, "version"), "N"), "  ");

    [GeneratedRegex(@"(?<=Usage:\n)  \S+ projections")]
    private static partial Regex Program();

    [GeneratedRegex(@"Exit codes:.*?\n\n", RegexOptions.Singleline)]
    private static partial Regex Codes();

    [GeneratedRegex(@"\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b")]
    private static partial Regex Versions();

    [GeneratedRegex(@"(?<![\w-])\d[\d.]*(?=[^\w]|/s|$)")]
    private static partial Regex Numbers();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();
}
