using System.Net.Http.Headers;
using Cqrs.Api.Endpoints;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;
using Xunit.Abstractions;

namespace Cqrs.Survival.Tests.Projections;

/// <summary>Read models rebuilt by another process while phones write and read, and that process killed in the middle.</summary>
public sealed class RebuildUnderLoadTests(ITestOutputHelper output) : IDisposable
{
    private const int Members = 50;
    private const int Watchers = 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_is_rebuilt_three_times_and_killed_in_a_fourth_and_nobody_sees_a_gap()
    {
        // So much that a rebuild takes long enough to be killed in the middle of it.
        await FillAsync(40_000);
        var journal = new Journal();
        var crowd = new Crowd(Members, newcomers: 0, seed: 70, journal);
        using var api = await ApiProcess.StartAsync(_folder.Path);
        await crowd.RegisterAsync(api);

        using var stop = new CancellationTokenSource();
        var life = crowd.LiveAsync(_ => stop.IsCancellationRequested ? throw new OperationCanceledException(stop.Token) : api);
        var watching = crowd.Members.Take(Watchers).Select(member => WatchAsync(api, member, stop.Token)).ToList();
        foreach (var name in (string[])["users", "connections"])
        {
            for (var time = 0; time < 3; time++) await RebuildAsync(name);
            await KillInTheMiddleAsync(name);
            Generations(name).ShouldBe([$"{name}.4.db"], "the live model is as it was");
            await RebuildAsync(name);
            Generations(name).ShouldBe([$"{name}.5.db"]);
        }

        life.IsCompleted.ShouldBeFalse(life.Exception?.Message);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(life);
        var reads = (await Task.WhenAll(watching)).Sum();

        journal.Told.Where(told => told.Status >= 500).Select(told => told.Text).ShouldBeEmpty();
        var (exitCode, said) = await CqrsProcess.RunAsync(_folder.Path, "projections", "verify", "--all");
        exitCode.ShouldBe(0, said);
        said.ShouldContain("0 differences");
        output.WriteLine($"{journal.Count} commands, {reads} reads of {Watchers} who watched\n{said}");
    }

    private async Task RebuildAsync(string name)
    {
        var (exitCode, said) = await CqrsProcess.RunAsync(_folder.Path, "projections", "rebuild", name);
        exitCode.ShouldBe(0, said);
        output.WriteLine(said);
    }

    private async Task KillInTheMiddleAsync(string name)
    {
        var building = Path.Combine(_folder.Path, "projections", $"{name}.5.building");
        using var rebuild = CqrsProcess.Start(_folder.Path, "projections", "rebuild", name);
        await Waiting.UntilAsync(() => File.Exists(building) || rebuild.HasEnded, "the rebuild is on its way");
        await rebuild.KillAsync();
        File.Exists(building).ShouldBeTrue("it was killed before its end");
    }

    // What somebody has been shown stays shown, and what he was told that he has done is there.
    private static async Task<int> WatchAsync(ApiProcess api, AppUser member, CancellationToken stop)
    {
        var (reads, version) = (0, -1L);
        while (!stop.IsCancellationRequested)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/connections");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", member.Token);
            request.Headers.Add("Cqrs-Min-Position", $"{Math.Max(member.Seen, version)}");
            using var answer = await api.Http.SendAsync(request, CancellationToken.None);
            var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            ((int)answer.StatusCode).ShouldBe(200, text);
            var list = AppUser.Read<ConnectionsResponse>(text);
            list.Version.ShouldBeGreaterThanOrEqualTo(version);
            (version, reads) = (list.Version, reads + 1);
        }

        return reads;
    }

    private List<string?> Generations(string name) =>
        [.. Directory.GetFiles(Path.Combine(_folder.Path, "projections"), $"{name}.*db").Select(Path.GetFileName)];

    private async Task FillAsync(int events)
    {
        await using var log = SqliteEventLog.Open(_folder.Path);
        using var keys = SqliteKeys.Open(_folder.Path, MasterKeyFile.LoadOrCreate(_folder.Path));
        var codec = new EventCodec(DomainEvents.All, keys);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_000_000);
        for (var written = 0; written < events; written += 500)
        {
            var (user, other, command) = (new UserId(Guid.NewGuid()), new UserId(Guid.NewGuid()), new CommandId(Guid.NewGuid()));
            var connection = ConnectionId.Between(user, other);
            await AppendAsync(StreamNames.Of(user), epoch => new TokensRevoked(user, (uint)epoch, at));
            await AppendAsync(StreamNames.Of(connection), _ => new EntryCleared(connection, user, other, at));

            async Task AppendAsync(string stream, Func<int, object> make) => await log.AppendAsync(
                stream, ExpectedVersion.NoStream,
                await codec.EncodeAsync(stream, [.. Enumerable.Range(1, 250).Select(make)], new(command, command.Value, command.Value, Actor: null, at)));
        }
    }
}
