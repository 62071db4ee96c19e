using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Simulation;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Connections;
using Cqrs.Rules.Tests.Specifications;
using Cqrs.Survival.Tests.Audit;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>A folder with a small simulated history.</summary>
public sealed class SimulatedFixture : IAsyncLifetime
{
    public static readonly string[] Options = ["--users", "150", "--days", "120", "--seed", "8"];

    public DataFolder Data { get; } = new();

    internal Outcome Outcome { get; private set; } = null!;

    internal LogAudit Audit { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Outcome = await CqrsShell.RunAsync(["simulate", .. Options, "--data", Data.Path]);
        Audit = await LogAudit.ReadAsync(Data.Path);
    }

    public Task DisposeAsync()
    {
        Data.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary><c>cqrs simulate</c>.</summary>
public sealed class SimulateTests(SimulatedFixture history) : IClassFixture<SimulatedFixture>
{
    [Fact]
    public void It_tells_what_it_made()
    {
        history.Outcome.ExitCode.ShouldBe(ExitCodes.Ok, history.Outcome.Error);
        history.Outcome.Output.ShouldBeApproved("CommandLine/Simulate.approved.txt");
        history.Outcome.Error.ShouldContain("--Data " + history.Data.Path);
    }

    [Fact]
    public void Nothing_in_it_breaks_a_rule_and_no_square_is_lost()
    {
        history.Audit.Faults.ShouldBeEmpty();
        history.Audit.Leaks.ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_may_happen_happens()
    {
        // A reservation lapses only where somebody dies in mid-command; nobody looks at the data of people who never were.
        history.Audit.Events.Select(e => e.Recorded.Type).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(DomainEvents.All.Names.Where(type => type is not ("reservation-lapsed.v1" or "personal-data-revealed.v1")));
        history.Audit.Users.Values.Count(user => user.Status == UserStatus.Pending).ShouldBeGreaterThan(history.Audit.Users.Count / 4, "many never answer");
        history.Audit.Events.Select(e => e.Event).OfType<UserVerified>().ShouldContain(e => e.Again);
    }

    [Fact]
    public void Events_are_as_old_as_the_history_says()
    {
        history.Audit.Events.ShouldAllBe(e => e.Recorded.Created == e.Metadata.At);
        history.Audit.Events.Zip(history.Audit.Events.Skip(1)).ShouldAllBe(pair => pair.First.Recorded.Created <= pair.Second.Recorded.Created);
        history.Audit.Events[0].Recorded.Created.Year.ShouldBe(2025);
    }

    [Fact]
    public async Task The_same_seed_tells_the_same_and_another_one_something_else()
    {
        using var second = new DataFolder();
        (await CqrsShell.RunAsync(["simulate", .. SimulatedFixture.Options, "--data", second.Path])).Output.ShouldBe(history.Outcome.Output);
        Tell(await LogAudit.ReadAsync(second.Path)).ShouldBe(Tell(history.Audit));

        using var other = new DataFolder();
        await CqrsShell.RunAsync(["simulate", .. SimulatedFixture.Options[..^1], "6", "--data", other.Path]);
        Tell(await LogAudit.ReadAsync(other.Path)).Take(20).ShouldNotBe(Tell(history.Audit).Take(20));
    }

    [Fact]
    public async Task A_server_starts_on_it_and_both_sides_agree()
    {
        using var copy = new DataFolder();
        foreach (var file in Directory.GetFiles(history.Data.Path)) File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));
        await using var server = await StoryServer.StartAsync(copy);
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => answer.Status == 200);
        await Wait.UntilAsync(
            () => Task.FromResult(server.Services.GetServices<Api.Composition.RunningFollower>().Min(running => running.Follower.Status.Position.Value)),
            position => position == history.Audit.Head);

        (await server.HeadAsync()).ShouldBe(history.Audit.Head, "there was nothing left to be mended");
        (await server.OutboxAsync()).ShouldBeEmpty("nobody is sent what is old news");
        var reader = server.Services.GetRequiredService<ConnectionsReader>();
        foreach (var user in history.Audit.Users.Values)
        {
            var list = await reader.ListAsync(user.Id);
            list.Entries.ToDictionary(entry => entry.Connection.Value, entry => entry.State).ShouldBe(history.Audit.ListOf(user.Id), ignoreOrder: true);
            if (user.IsVerified) list.SquaresUsed.ShouldBe(user.Squares.Length);
        }
    }

    [Fact]
    public async Task A_store_with_events_is_left_alone()
    {
        (await CqrsShell.RunAsync(["simulate", "--data", history.Data.Path])).ShouldFail(ExitCodes.CannotCreate, "is made in an empty one");
        (await LogAudit.ReadAsync(history.Data.Path)).Head.ShouldBe(history.Audit.Head);
    }

    [Fact]
    public async Task Interrupted_it_leaves_a_shorter_history_that_is_whole()
    {
        using var folder = new DataFolder();
        using var stop = new CancellationTokenSource();
        var simulating = CqrsShell.RunAsync(["simulate", "--events", "1000000", "--data", folder.Path], cancel: stop.Token);
        await Wait.UntilAsync(() => HeadAsync(folder), head => head > 500);
        await stop.CancelAsync();

        var outcome = await simulating;
        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
        outcome.Error.ShouldContain("where it was interrupted");
        var audit = await LogAudit.ReadAsync(folder.Path);
        audit.Head.ShouldBeInRange(501, 999_999);
        audit.Faults.ShouldBeEmpty();
        audit.Leaks.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_ends_with_the_command_that_reaches_the_target()
    {
        using var folder = new DataFolder();
        (await CqrsShell.RunAsync(["simulate", "--events", "2000", "--data", folder.Path])).ExitCode.ShouldBe(ExitCodes.Ok);
        (await HeadAsync(folder)).ShouldBeInRange(2_000, 2_010);
    }

    [Theory]
    [InlineData("--users must be 1 to", "--users", "0")]
    [InlineData("--days must be 1 to", "--days", "0")]
    [InlineData("--events must be 1 to", "--events", "0")]
    [InlineData("leave out --users", "--events", "5", "--users", "5")]
    [InlineData("is no day", "--from", "soon")]
    [InlineData("end in the future", "--from", "2999-01-01")]
    public async Task Wrong_options_are_named(string what, params string[] args)
    {
        using var folder = new DataFolder();
        (await CqrsShell.RunAsync(["simulate", .. args, "--data", folder.Path])).ShouldFail(ExitCodes.Usage, what);
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Everybody_has_a_number_of_his_own_that_is_possible()
    {
        var population = new Population(new Dice(1));
        var numbers = Enumerable.Range(0, 5_000).Select(_ => population.Make().Phone).ToList();

        numbers.Distinct().Count().ShouldBe(5_000);
        numbers.ShouldAllBe(number => PhoneNumberParser.Parse(number, null).Number != null);
    }

    [Fact]
    public async Task Who_writes_beside_it_is_noticed()
    {
        using var folder = new DataFolder();
        await using var behind = new WriteBehindLog(SqliteEventLog.Open(folder.Path));
        await using var other = SqliteEventLog.Open(folder.Path);
        EventToAppend Event() => new(Guid.NewGuid(), "happened.v1", "{}"u8.ToArray(), "{}"u8.ToArray());

        await behind.AppendAsync("thing-1", ExpectedVersion.NoStream, [Event()]);
        await behind.FlushAsync();
        await other.AppendAsync("thing-1", ExpectedVersion.Exactly(0), [Event()]);
        await behind.AppendAsync("thing-1", ExpectedVersion.Exactly(0), [Event()]);

        await Should.ThrowAsync<WrongExpectedVersionException>(behind.FlushAsync());
    }

    // The names of number streams are made with a key of the store, and with them the ids of their events.
    private static List<string> Tell(LogAudit audit) =>
    [
        .. audit.Events.Select(e => e.Recorded.Stream.StartsWith("phone-", StringComparison.Ordinal)
            ? $"{e.Recorded.Version} {e.Metadata} {e.Event}"
            : $"{e.Recorded.Stream} {e.Recorded.Version} {e.Recorded.Id} {e.Metadata} {e.Event} {Clear(e.Event)}"),
    ];

    private static string Clear(object @event) => string.Join(' ', @event.GetType().GetProperties()
        .Select(property => property.GetValue(@event)).OfType<Domain.Identity.Personal>().Select(personal => personal.Text));

    private static async Task<long> HeadAsync(DataFolder folder)
    {
        await using var log = SqliteEventLog.Open(folder.Path);
        return (await log.HeadAsync()).Value;
    }
}
