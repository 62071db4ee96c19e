using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;
using Cqrs.Story.Tests.CommandLine;

namespace Cqrs.Story.Tests.Operations;

/// <summary>A server starts on read models that other code built, with another schema.</summary>
public sealed class StaleModelTests : IAsyncLifetime
{
    private readonly DataFolder _data = new();

    /// <summary>Leaves a folder with a user, and a model of users that lacks a column.</summary>
    public async Task InitializeAsync()
    {
        await using (var server = await StoryServer.StartAsync(_data))
        {
            var ada = await Phone.RegisteredAsync(server);
            (await ada.MeAsync()).ShouldBe(200);
        }

        using var users = SqliteTables.OpenToWrite(SqliteProjection.PathOf(Folder, new UsersModel()));
        users.Execute("UPDATE built SET fingerprint = '00000000'; ALTER TABLE users RENAME TO users_of_before;");
    }

    public Task DisposeAsync()
    {
        _data.Dispose();
        return Task.CompletedTask;
    }

    private string Folder => Path.Combine(_data.Path, "projections");

    [Fact]
    public async Task A_server_rebuilds_a_stale_model_beside_the_old_one()
    {
        await using var server = await StoryServer.StartAsync(_data);

        // An event that the old model cannot apply is applied to the new one.
        var bob = await Phone.RegisteredAsync(server, "Bob");
        (await bob.MeAsync()).ShouldBe(200);

        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => answer.Status == 200);
        Directory.GetFiles(Folder, "users*.db").Select(Path.GetFileName).ShouldBe(["users.2.db"]);
        server.Log.Lines.ShouldContain(line => line.StartsWith("Warning Read model users was built by other code (00000000;"));
        server.Log.Lines.ShouldContain(line => line.StartsWith("Information Read model users is rebuilt:"));
        server.Log.Lines.ShouldNotContain(line => line.Contains("Read model connections was built by other code"));
    }

    [Fact]
    public async Task With_rebuilding_off_the_fault_and_the_verb_are_named_until_an_operator_rebuilds()
    {
        await using var server = await StoryServer.StartAsync(_data, "--Projections:RebuildStale=false");
        (await Phone.Of(server, "Bob").AskAsync("a key")).ShouldBe(202);

        var health = await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => DetailOf(answer).Contains("stopped by"));
        health.ShouldBe(503);
        DetailOf(health).ShouldContain("no such table: users");
        DetailOf(health).ShouldContain("built by other code (00000000;");
        DetailOf(health).ShouldContain("cqrs projections rebuild users");
        server.Log.Lines.ShouldContain(line => line.StartsWith("Warning Read model users was built by other code (00000000;") && line.Contains("cqrs projections rebuild --stale"));
        server.Log.Lines.ShouldContain(line => line.StartsWith("Error Projection users stopped at position") && line.Contains("no such table: users"));

        var error = await Wait.UntilAsync(LastErrorAsync, error => error.ValueKind == JsonValueKind.Object);
        error.GetProperty("reason").GetString()!.ShouldContain("no such table: users");

        (await CqrsShell.RunAsync(["projections", "rebuild", "--stale", "--data", _data.Path])).ExitCode.ShouldBe(ExitCodes.Ok);
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => answer.Status == 200);
    }

    private async Task<JsonElement> LastErrorAsync() =>
        (await CqrsShell.RunAsync(["projections", "list", "--format", "jsonl", "--data", _data.Path])).ShouldSucceed().Rows
            .Single(row => row.GetProperty("name").GetString() == "users").GetProperty("lastError");

    private static string DetailOf(Answer health) =>
        health.Json.GetProperty("dependencies").GetProperty("projection users").TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String
            ? detail.GetString()!
            : "";
}
