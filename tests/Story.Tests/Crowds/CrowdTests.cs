using System.Collections.Concurrent;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Users;

namespace Cqrs.Story.Tests.Crowds;

public sealed class CrowdTests
{
    private const int AtOnce = 32;

    private readonly ConcurrentBag<(string What, Answer Answer)> answers = [];

    [Fact]
    public async Task Two_hundred_people_register_and_invite_each_other_at_once()
    {
        await using var server = await StoryServer.StartAsync();
        var crowd = new Crowd(server);
        await RegisterAsync(server, crowd, Crowd.Earlier);

        // The second half registers while the first invites it: the same number is claimed from both sides.
        await Task.WhenAll(RegisterAsync(server, crowd, Crowd.Later), EachAsync(Crowd.Earlier, person => InviteAsync(crowd, person)));
        await EachAsync(Crowd.Later, person => InviteAsync(crowd, person));
        await EachAsync(Enumerable.Range(0, Crowd.Size), person => RespondAsync(crowd, person));

        // No fault of the server, and no refusal but those that the rules have.
        answers.ShouldAllBe(done => done.Answer.Status < 500);
        answers.Where(done => done.Answer.Status >= 300).Select(done => $"{done.What} {done.Answer.String("code")}").Distinct()
            .ShouldBeSubsetOf(["invite grid-full", "accept grid-full", "invite already-connected"]);
        answers.ShouldContain(done => done.What == "invite" && done.Answer.Status == 409, "no grid was full: the crowd is too timid");

        await EventsTellTheAnswersAsync(server);
        await BothSidesAgreeAsync(server, crowd);
    }

    private async Task EventsTellTheAnswersAsync(StoryServer server)
    {
        var events = await server.EventsAsync();
        events.GroupBy(e => e.Recorded.Stream).ShouldAllBe(stream => stream.Select((e, i) => e.Recorded.Version == i).All(right => right));
        events.Select(e => e.Recorded.Id).Distinct().Count().ShouldBe(events.Count);
        events.Where(e => e.Event is PhoneClaimed).Select(e => e.Recorded.Stream).ShouldBeUnique();
        events.Count(e => e.Event is PhoneClaimed).ShouldBe(Crowd.Size);
        events.Where(e => e.Event is UserVerified).Select(e => e.Recorded.Stream).ShouldBeUnique();
        events.Count(e => e.Event is UserVerified).ShouldBe(Crowd.Size);

        var crossed = Count("invite", "connected", status: 201);
        crossed.ShouldBeGreaterThan(0);
        events.Count(e => e.Event is InviteSent).ShouldBe(Count("invite", "inviting", status: 201));
        events.Count(e => e.Event is InviteAccepted).ShouldBe(Count("accept", "connected") + crossed);
        events.Count(e => e.Event is InviteRejected).ShouldBe(Count("reject", "none"));
        events.Where(e => e.Event is InviteAccepted).Select(e => e.Recorded.Stream).ShouldBeUnique();
    }

    private async Task BothSidesAgreeAsync(StoryServer server, Crowd crowd)
    {
        var entries = new ConcurrentDictionary<(string Phone, Guid Connection), string>();
        await EachAsync(Enumerable.Range(0, Crowd.Size), async person =>
        {
            var phone = crowd.People[person];
            var list = await phone.ListAsync();
            var used = list.Connections.Count(entry => entry.State is "inviting" or "connected" or "rejected");
            list.Squares.ShouldBe(new(used, 8));
            used.ShouldBeLessThanOrEqualTo(8);
            (await phone.MeAsync()).Json.GetProperty("squares").GetProperty("used").GetInt32().ShouldBe(used);
            foreach (var entry in list.Connections)
            {
                entry.Peer.ShouldBe(entry.State == "connected" ? entry.Peer.ShouldNotBeNull() : null);
                entries[(phone.Number, entry.ConnectionId)] = $"{entry.State} {entry.Phone}";
            }
        });

        entries.Values.ShouldContain(value => value.StartsWith("connected"));
        foreach (var ((phone, connection), entry) in entries)
        {
            var (state, other) = (entry.Split(' ')[0], entry.Split(' ')[1]);
            var mirrored = entries.TryGetValue((other, connection), out var theirs) ? theirs : null;
            mirrored.ShouldBe(state switch
            {
                "inviting" => $"invited {phone}",
                "invited" => $"inviting {phone}",
                "connected" => $"connected {phone}",
                _ => null,
            });
        }
    }

    private int Count(string what, string state, int status = 200) =>
        answers.Count(done => done.What == what && done.Answer.Status == status && done.Answer.String("state") == state);

    private async Task RegisterAsync(StoryServer server, Crowd crowd, IEnumerable<int> people)
    {
        var phones = people.Select(person => crowd.People[person]).ToList();
        await EachAsync(phones, async phone => Note("register", await phone.AskOnlyAsync()));
        var numbers = phones.Select(phone => phone.Number).ToHashSet();
        var messages = await Wait.UntilAsync(server.OutboxAsync, sent => sent.Count(message => numbers.Contains(message.To)) == phones.Count);
        var codes = messages.ToDictionary(message => message.To, message => message.Text[..6]);
        await EachAsync(phones, async phone => Note("verify", await phone.VerifyAsync(codes[phone.Number])));
    }

    private async Task InviteAsync(Crowd crowd, int person) => await Task.WhenAll(crowd.InvitesOf(person).Select(async other =>
        Note("invite", await crowd.People[person].InviteAsync(crowd.People[other]))));

    private async Task RespondAsync(Crowd crowd, int person)
    {
        var phone = crowd.People[person];
        var people = crowd.People.Select((other, i) => (other.Number, i)).ToDictionary(pair => pair.Number, pair => pair.i);
        foreach (var entry in (await phone.ListAsync()).Connections.Where(entry => entry.State == "invited"))
        {
            if (crowd.AnswerOf(person, people[entry.Phone]) is { } step) Note(step, await phone.StepAsync(step, entry.ConnectionId));
        }
    }

    private void Note(string what, Answer answer) => answers.Add((what, answer));

    private static Task EachAsync<T>(IEnumerable<T> all, Func<T, Task> act) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) => await act(one));
}
