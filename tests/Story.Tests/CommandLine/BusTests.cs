using Cqrs.Cli.CommandLine;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs bus parked</c> and <c>cqrs bus replay</c>.</summary>
public sealed class BusTests : IAsyncLifetime
{
    private static readonly Guid First = new("11111111-0000-8000-8000-000000000000");
    private static readonly Guid Second = new("22222222-0000-8000-8000-000000000000");

    private StoryServer server = null!;

    private IDeliveries Deliveries => server.Services.GetRequiredService<IDeliveries>();

    public async Task InitializeAsync()
    {
        server = await StoryServer.StartAsync();
        foreach (var id in new[] { First, Second })
        {
            await Deliveries.AcceptAsync([new SendPush(id, "AAAAAAAAAAAAAAAAAAAAAA", "invited", Sender: null, Connection: Guid.Empty, Data: null)]);
            await Deliveries.ParkAsync(id, Reasons.Refused);
        }
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Those_that_were_given_up_are_listed_with_their_reason()
    {
        var rows = (await RunAsync("parked", "--format", "jsonl")).ShouldSucceed().Rows;

        rows.Select(row => row.GetProperty("id").GetGuid()).ShouldBe([First, Second]);
        rows[0].ToString().ShouldBe(
            $$"""{"id":"{{First}}","kind":"push","since":"{{rows[0].GetProperty("since").GetString()}}","tries":1,"reason":"refused"}""");
        (await RunAsync("parked")).ShouldSucceed().Lines.Count.ShouldBe(3);
    }

    [Fact]
    public async Task One_is_taken_up_by_the_running_server_and_the_other_stays()
    {
        (await RunAsync("replay", First.ToString(), "--format", "jsonl")).ShouldSucceed().Rows.Single().GetProperty("replayed").GetInt32().ShouldBe(1);

        // He has no device, so there is nothing to be done for him.
        await Wait.UntilAsync(() => Deliveries.FindAsync(First).AsTask(), delivery => delivery!.State == DeliveryState.Done);
        (await Deliveries.FindAsync(Second))!.State.ShouldBe(DeliveryState.Parked);
    }

    [Fact]
    public async Task All_of_them()
    {
        (await RunAsync("replay", "--all", "--format", "jsonl")).ShouldSucceed().Rows.Single().GetProperty("replayed").GetInt32().ShouldBe(2);
        await Wait.UntilAsync(() => Deliveries.FindAsync(Second).AsTask(), delivery => delivery!.State == DeliveryState.Done);
        ShouldSayThatNoneIs(await RunAsync("parked"));
    }

    [Fact]
    public async Task What_is_not_parked_is_named_and_one_or_all_must_be_meant()
    {
        (await RunAsync("replay", Guid.Empty.ToString())).ShouldFail(ExitCodes.NoInput, "is parked. cqrs bus parked lists");
        (await RunAsync("replay")).ShouldFail(ExitCodes.Usage, "--all");
        (await RunAsync("replay", First.ToString(), "--all")).ShouldFail(ExitCodes.Usage, "--all");
        (await Deliveries.CountParkedAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Where_there_never_were_any_nothing_is_listed_and_no_file_is_made()
    {
        using var folder = new DataFolder();
        (await CqrsShell.RunAsync(["simulate", "--users", "3", "--days", "3", "--data", folder.Path])).ExitCode.ShouldBe(ExitCodes.Ok);

        ShouldSayThatNoneIs(await CqrsShell.RunAsync(["bus", "parked", "--data", folder.Path]));
        (await CqrsShell.RunAsync(["bus", "replay", "--all", "--format", "csv", "--data", folder.Path])).ShouldSucceed().Output.ShouldBe("replayed\n0\n");
        File.Exists(Path.Combine(folder.Path, SqliteDeliveries.FileName)).ShouldBeFalse();
    }

    private static void ShouldSayThatNoneIs(Outcome outcome) =>
        (outcome.ExitCode, outcome.Output, outcome.Error.TrimEnd()).ShouldBe((ExitCodes.Ok, "", "No message is parked."));

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(server, ["bus", .. args]);
}
