using System.Globalization;
using System.Net.Http.Json;
using Cqrs.Api.Endpoints;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Relays;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;
using Xunit.Abstractions;

namespace Cqrs.Survival.Tests;

/// <summary>Codes and pushes on their way out while the server dies again and again.</summary>
public sealed class MessagesTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 10;

    private static readonly string Secret = "0:" + new string('A', 43);

    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<UserId> _reachable = [];
    private int _numbers;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_with_SIGKILL_ten_times_every_event_is_told_and_no_code_twice()
    {
        var journal = new Journal();
        var crowd = new Crowd(members: 20, newcomers: 10, seed: 70, journal);
        var moments = new Random(3);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var api = await StartAsync();
            if (kill == 0) await SettleAsync(crowd, api);
            var enough = journal.Count + moments.Next(40, 120);
            var life = Task.WhenAll(crowd.LiveAsync(_ => api), AskForCodesAsync(api));
            await Waiting.UntilAsync(() => journal.Count >= enough || life.IsCompleted, "the load is on its way");
            await api.KillAsync();
            await life;
        }

        using var last = await StartAsync();
        var audit = await LogAudit.ReadAsync(_folder.Path);
        var expected = await ExpectedAsync(audit);
        await ShouldBeDoneAsync(expected);

        var outbox = AppUser.Read<List<OutboxResponse>>(await last.Http.GetStringAsync("/dev/outbox"));
        var codes = audit.Events.Select(decoded => decoded.Event).OfType<VerificationCodeIssued>().Select(e => (e.Phone.Text!, e.Code.Text!));
        outbox.Where(message => message.Channel == "sms").Select(message => (message.To, message.Text[..6])).ShouldBe(codes, ignoreOrder: true);
        outbox.ShouldContain(message => message.Channel == "push");
        output.WriteLine($"{audit.Head} events, {expected.Count} messages, the newest {outbox.Count} in the outbox");
    }

    private Task<ApiProcess> StartAsync() => ApiProcess.StartAsync(_folder.Path, "--Secrets:Tokens", Secret);

    private async Task SettleAsync(Crowd crowd, ApiProcess api)
    {
        await crowd.RegisterAsync(api);
        TokenKeys.TryParse(Secret, out var keys, out _).ShouldBeTrue();
        var users = (await LogAudit.ReadAsync(_folder.Path)).Users;
        foreach (var member in crowd.Members)
        {
            var now = TimeProvider.System.GetUtcNow();
            using var request = new HttpRequestMessage(HttpMethod.Put, "/devices/ios") { Content = JsonContent.Create(new { token = $"phone-{member.Id}" }) };
            request.Headers.Authorization = new("Bearer", Tickets.Sign(new(KeyOf(users[new(member.Id)])!.Value, default, now, now.AddHours(1), []), keys!));
            (await api.Http.SendAsync(request)).EnsureSuccessStatusCode();
            _reachable.Add(new(member.Id));
        }
    }

    /// <summary>People who ask for a code and never send it back, until the server is gone.</summary>
    private async Task AskForCodesAsync(ApiProcess api)
    {
        try
        {
            while (true)
            {
                var phone = "+4917099" + (_numbers++).ToString("00000", CultureInfo.InvariantCulture);
                (await api.Http.PostAsJsonAsync("/registrations", new { firstName = "A", lastName = "B", phone })).EnsureSuccessStatusCode();
            }
        }
        catch (Exception e) when (e is HttpRequestException { StatusCode: null } or IOException)
        {
            // It is.
        }
    }

    /// <summary>What the relays have to see to, from the log alone: every code, and all news to those who have a device.</summary>
    private async Task<List<Guid>> ExpectedAsync(LogAudit audit)
    {
        using var keys = SqliteKeys.Open(_folder.Path, MasterKeyFile.LoadOrCreate(_folder.Path));
        var codec = new EventCodec(DomainEvents.All, keys);
        var expected = new List<Guid>();
        var people = new PeopleOf(audit, _reachable);
        foreach (var (recorded, @event, _) in audit.Events)
        {
            if (@event is VerificationCodeIssued)
                expected.AddRange((await new RelayedCodes().MessagesOfAsync([recorded], default)).Select(message => message.Id));
            else if (WhoIsTold.EventNames.Contains(recorded.Type))
                expected.AddRange((await new RelayedNews(codec, people).MessagesOfAsync([recorded], default)).Select(message => message.Id));
        }

        expected.Count.ShouldBeGreaterThan(100);
        return expected;
    }

    private async Task ShouldBeDoneAsync(List<Guid> expected)
    {
        using var deliveries = SqliteDeliveries.Open(_folder.Path, TimeProvider.System);
        var open = expected;
        await Waiting.UntilAsync(
            async () =>
            {
                var left = new List<Guid>();
                foreach (var id in open)
                {
                    if ((await deliveries.FindAsync(id))?.State is not DeliveryState.Done) left.Add(id);
                }

                open = left;
                return open.Count == 0;
            },
            "every message is delivered");
        (await deliveries.CountParkedAsync()).ShouldBe(0);
    }

    private static UserKey? KeyOf(User user) => MailboxKey.TryParse(user.MailboxKey?.Text, out var key) ? key.UserKey : null;

    /// <summary>Users as the log tells of them at a position.</summary>
    private sealed class PeopleOf(LogAudit audit, HashSet<UserId> reachable) : IWhoIsWho
    {
        private readonly Dictionary<UserId, LogPosition> _joined = audit.Events.Where(decoded => decoded.Event is UserVerified { Again: false })
            .ToDictionary(decoded => ((UserVerified)decoded.Event).User, decoded => decoded.Recorded.Position);

        public ValueTask<IReadOnlyDictionary<UserId, UserKey>> KeysOfAsync(
            IReadOnlyCollection<UserId> users, LogPosition atLeast, CancellationToken cancel)
        {
            var keys = new Dictionary<UserId, UserKey>();
            foreach (var user in users.Where(user => reachable.Contains(user) && _joined.TryGetValue(user, out var joined) && joined <= atLeast))
            {
                if (KeyOf(audit.Users[user]) is { } key) keys.Add(user, key);
            }

            return new(keys);
        }

        // Who had answered when the relay looked is not told of: that depends on when it died.
        public ValueTask<IReadOnlyList<PendingInvite>> InvitesToAsync(UserId user, LogPosition atLeast, CancellationToken cancel) =>
            new((IReadOnlyList<PendingInvite>)[]);
    }
}
