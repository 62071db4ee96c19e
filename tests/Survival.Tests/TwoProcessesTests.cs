using Cqrs.Api.Endpoints;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;
using Xunit.Abstractions;

namespace Cqrs.Survival.Tests;

/// <summary>Two servers with all roles on one folder, and the same people talk to both.</summary>
public sealed class TwoProcessesTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_servers_on_one_folder_lose_nothing_and_show_the_same()
    {
        // Started at once on a folder that is not there yet: they agree on its keys and tables.
        var starting = Enumerable.Range(0, 2).Select(_ => ApiProcess.StartAsync(_folder.Path)).ToList();
        await Task.WhenAll(starting).ContinueWith(_ => { }, TaskScheduler.Default);
        var started = starting.Where(start => start.IsCompletedSuccessfully).Select(start => start.Result).ToList();
        try
        {
            started.Count.ShouldBe(2, string.Join('\n', starting.Select(start => start.Exception?.InnerException?.Message)));
            await LiveAsync(started[0], started[1]);
        }
        finally
        {
            started.ForEach(api => api.Dispose());
        }
    }

    private async Task LiveAsync(ApiProcess one, ApiProcess two)
    {
        var journal = new Journal();
        var crowd = new Crowd(members: 12, newcomers: 3, seed: 50, journal);
        await crowd.RegisterAsync(one);

        await crowd.LiveAsync(member => member.Dice.Next(2) == 0 ? one : two, steps: 40);

        journal.TakeCutOff().ShouldBeEmpty();
        journal.Told.Where(told => told.Status >= 500).Select(told => told.Text).ShouldBeEmpty();
        LogAudit? audit = null;
        await Waiting.UntilAsync(async () => (audit = await LogAudit.ReadAsync(_folder.Path)).Leaks.Count == 0, "no square leaks");
        audit!.Faults.ShouldBeEmpty();
        journal.Broken(audit).ShouldBeEmpty();
        await crowd.CompareAsync(one, audit);
        await crowd.CompareAsync(two, audit);
        foreach (var member in crowd.Members)
        {
            var lists = await Task.WhenAll(new[] { one, two }.Select(api => member.GetAsync<ConnectionsResponse>(api, "/connections", audit.Head)));
            AppUser.Write(lists[0]).ShouldBe(AppUser.Write(lists[1]));
        }

        output.WriteLine($"{journal.Count} answers, {audit.Head} events");
    }
}
