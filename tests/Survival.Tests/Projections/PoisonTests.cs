using System.Net;
using System.Text;
using System.Text.Json;
using Cqrs.Api.Endpoints;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests.Projections;

/// <summary>A poisonous event in the log of a running server.</summary>
public sealed class PoisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_stops_its_projection_and_health_says_where_while_the_others_go_on()
    {
        var journal = new Journal();
        var (one, two) = (new AppUser("+491701234567", seed: 1, journal), new AppUser("+491701234568", seed: 2, journal));
        using var api = await ApiProcess.StartAsync(_folder.Path);
        (await one.RegisterAsync(api)).ShouldBeTrue();
        (await two.RegisterAsync(api)).ShouldBeTrue();

        // Only the users ask for this one.
        var poison = await AppendAsync("tokens-revoked.v1", "not even JSON"u8.ToArray());
        await Waiting.UntilAsync(async () => (await api.HealthAsync()).Status == HttpStatusCode.ServiceUnavailable, "health tells");
        var invited = (await one.SendAsync(api, "/invites", new { firstName = "Two", lastName = "", phone = two.Phone })).ShouldNotBeNull();
        invited.Status.ShouldBe(201, invited.Text);

        var list = (await two.GetAsync<ConnectionsResponse>(api, "/connections", invited.Position)).ShouldNotBeNull();
        list.Connections.Single().State.ShouldBe(Domain.Connections.ConnectionView.Invited);
        (await StoppedAsync(api, "projection users", poison)).ShouldContain($"at position {poison}");

        // Other things than its users are as they should be: it is the projection that needs mending, not the server.
        await Waiting.UntilAsync(async () => (await HealthOfAsync(api, "projection connections")) is { Status: "ok" } health && health.Position >= invited.Position, "the lists go on");
    }

    [Fact]
    public async Task A_sealed_value_that_was_moved_stops_whoever_reads_it()
    {
        using var api = await ApiProcess.StartAsync(_folder.Path);
        (await new AppUser("+491701234567", seed: 1, new Journal()).RegisterAsync(api)).ShouldBeTrue();
        var verified = (await LogAudit.ReadAsync(_folder.Path)).Events.Single(decoded => decoded.Recorded.Type == "user-verified.v1").Recorded;

        var poison = await AppendAsync(verified.Type, verified.Data);

        foreach (var projection in (string[])["projection users", "projection connections"])
            (await StoppedAsync(api, projection, poison)).ShouldContain("PersonalDataException");
    }

    private static async Task<string> StoppedAsync(ApiProcess api, string projection, LogPosition poison)
    {
        DependencyHealth? health = null;
        await Waiting.UntilAsync(async () => (health = await HealthOfAsync(api, projection)).Detail is not null, $"{projection} stops");
        health!.Status.ShouldBe("failing");
        health.Position.ShouldBe(poison.Value - 1);
        return health.Detail!;
    }

    private static async Task<DependencyHealth> HealthOfAsync(ApiProcess api, string dependency)
    {
        var (_, body) = await api.HealthAsync();
        return AppUser.Read<HealthResponse>(body).Dependencies[dependency];
    }

    private async Task<LogPosition> AppendAsync(string type, ReadOnlyMemory<byte> data)
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        var e = new EventToAppend(Guid.NewGuid(), type, data, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { })));
        return (await log.AppendAsync($"user-{Guid.NewGuid():D}", ExpectedVersion.NoStream, [e])).Position;
    }
}
