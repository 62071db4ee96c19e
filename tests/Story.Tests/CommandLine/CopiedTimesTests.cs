using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.Contracts.Tests.Gateway;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs events copy</c> and the times of events: a server notes its own, and the one in the metadata counts.</summary>
public sealed class CopiedTimesTests : IDisposable
{
    private static readonly DateTimeOffset First = new(2025, 2, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Second = new(2025, 3, 1, 10, 0, 0, TimeSpan.Zero);

    /// <summary>When the server took all of it.</summary>
    private static readonly DateTimeOffset Taken = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DataFolder _served = new();
    private readonly DataFolder _copy = new();
    private readonly DataFolder _back = new();

    public void Dispose()
    {
        _served.Dispose();
        _copy.Dispose();
        _back.Dispose();
    }

    [Fact]
    public async Task Copied_from_a_server_each_event_keeps_its_own_time()
    {
        await FillAsync(_served.Path, Taken);
        using var gateway = await GatewayProcess.StartAsync(_served.Path);

        var copied = await CopyAsync(AddressOf(gateway), _copy.Path);

        copied.ExitCode.ShouldBe(ExitCodes.Ok, copied.Error);
        copied.Error.ShouldContain("3 in both logs, all equal.");

        // The third event carries no time, so the server's is the best there is.
        (await TimesAsync(_copy.Path)).ShouldBe([First, Second, Taken]);
    }

    [Fact]
    public async Task Ranges_of_time_answer_on_the_copy_by_the_events_own_times()
    {
        await FillAsync(_served.Path, Taken);
        using (var gateway = await GatewayProcess.StartAsync(_served.Path))
            (await CopyAsync(AddressOf(gateway), _copy.Path)).ExitCode.ShouldBe(ExitCodes.Ok);

        foreach (var (from, to, found) in new[] { ("2025-01-15T00:00:00Z", "2025-02-15T00:00:00Z", 1), ("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z", 2), ("2025-12-31T00:00:00Z", "2026-02-01T00:00:00Z", 1) })
        {
            var rows = (await CqrsShell.RunAsync(["events", "replay", "--data", _copy.Path, "--format", "jsonl", "--from", from, "--to", to])).Rows;
            rows.Count.ShouldBe(found, $"{from} to {to}");
        }

        var counted = await CqrsShell.RunAsync(["sql", "select count(*) as n from events e where created < '2025-06-01'", "--data", _copy.Path, "--format", "jsonl"]);
        counted.Rows.Single().GetProperty("n").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task There_and_back_the_times_are_the_same()
    {
        await FillAsync(_copy.Path, taken: null);
        var before = await TimesAsync(_copy.Path);
        using var gateway = await GatewayProcess.StartAsync(_served.Path);

        var there = await CopyAsync(_copy.Path, AddressOf(gateway));
        var back = await CopyAsync(AddressOf(gateway), _back.Path);

        there.ExitCode.ShouldBe(ExitCodes.Ok, there.Error);
        there.Error.ShouldContain("1 of them carry no time in their metadata");
        back.Error.ShouldNotContain("carry no time");
        (await TimesAsync(_back.Path))[..2].ShouldBe(before[..2]);
    }

    [Fact]
    public async Task A_copy_with_the_times_of_the_server_is_found_out()
    {
        await FillAsync(_served.Path, Taken);
        await FillAsync(_copy.Path, Taken);
        using var gateway = await GatewayProcess.StartAsync(_served.Path);

        (await CopyAsync(AddressOf(gateway), _copy.Path)).ShouldFail(ExitCodes.Different, "Event 1 differs in time");
    }

    /// <summary>Two events with times of their own, and one without.</summary>
    private static async Task FillAsync(string folder, DateTimeOffset? taken)
    {
        await using var log = SqliteEventLog.Open(folder, options: new() { TakenAt = taken is { } time ? _ => time : null });
        var number = 0;
        foreach (var metadata in new[] { Metadata(First), Metadata(Second), "{}"u8.ToArray() })
        {
            var id = new Guid(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-0000-0000-{++number:D12}"));
            await log.AppendAsync("thing-1", ExpectedVersion.Any, [new(id, "happened.v1", "{}"u8.ToArray(), metadata)]);
        }
    }

    private static ReadOnlyMemory<byte> Metadata(DateTimeOffset at) => new EventMetadata(new CommandId(new Guid("00000000-0000-0000-0000-00000000000a")), Guid.Empty, Guid.Empty, Actor: null, at).ToJson();

    private static async Task<List<DateTimeOffset>> TimesAsync(string folder)
    {
        await using var log = SqliteEventLog.Open(folder);
        return [.. (await log.ReadAllAsync(LogPosition.Start, 10)).Events.Select(e => e.Created)];
    }

    private static Task<Outcome> CopyAsync(string from, string to) => CqrsShell.RunAsync(["events", "copy", "--from", from, "--to", to]);

    private static string AddressOf(GatewayProcess gateway) => $"esdb://{gateway.Address.Authority}?tls=false";
}
