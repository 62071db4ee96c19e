using System.Globalization;
using Cqrs.Domain.Connections;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;
using Xunit.Abstractions;

namespace Cqrs.Survival.Tests;

public sealed class KilledTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 10;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_with_SIGKILL_in_the_middle_of_such_a_load_ten_times_in_a_row()
    {
        var journal = new Journal();
        var crowd = new Crowd(members: 40, newcomers: 30, seed: 20, journal);
        var moments = new Random(1);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var api = await StartAsync();
            if (kill == 0) await crowd.RegisterAsync(api);
            await CheckAsync(api, crowd, journal);

            var enough = journal.Count + moments.Next(60, 260);
            var life = crowd.LiveAsync(_ => api);
            await Waiting.UntilAsync(() => journal.Count >= enough || life.IsCompleted, "the load is on its way");
            life.IsCompleted.ShouldBeFalse("the server is killed in mid-load");
            await api.KillAsync();
            await life;
        }

        using var last = await StartAsync();
        var audit = await CheckAsync(last, crowd, journal);
        output.WriteLine(
            $"{journal.Count} answers, {crowd.Members.Count} people, {audit.Head} events, "
            + $"{audit.Events.Count(decoded => decoded.Event is ReservationLapsed)} reservations that a crash left behind");
    }

    private async Task<ApiProcess> StartAsync()
    {
        var api = await ApiProcess.StartAsync(_folder.Path);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready after {api.ReadyAfter.TotalMilliseconds:0} ms"));
        return api;
    }

    private async Task<LogAudit> CheckAsync(ApiProcess api, Crowd crowd, Journal journal)
    {
        // The keeper alone first: nobody else touches what the crash has left behind.
        LogAudit? audit = null;
        await Waiting.UntilAsync(async () => (audit = await LogAudit.ReadAsync(_folder.Path)).Leaks.Count == 0, "no square leaks");
        audit!.Faults.ShouldBeEmpty();
        journal.Broken(audit).ShouldBeEmpty();
        await crowd.CompareAsync(api, audit);

        var retried = await crowd.RetryAsync(api);
        await crowd.RepeatAsync(api, newest: 20);
        await Waiting.UntilAsync(async () => (audit = await LogAudit.ReadAsync(_folder.Path)).Leaks.Count == 0, "no square leaks after the retries");
        audit.Faults.ShouldBeEmpty();
        journal.Broken(audit).ShouldBeEmpty();
        await crowd.CompareAsync(api, audit);
        journal.Told.Where(told => told.Status >= 500).Select(told => told.Text).ShouldBeEmpty();
        output.WriteLine($"{journal.Count} answers, {audit.Head} events, {retried} commands retried");
        return audit;
    }
}
