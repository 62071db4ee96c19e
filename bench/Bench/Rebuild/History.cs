using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Bench.Rebuild;

/// <summary>
/// A history as the deciders would write it, from a seed: people are invited, register, invite others, who accept,
/// reject or never answer; some clear what they have. Personal data are sealed by the codec as ever. About a quarter of
/// the events are of interest to nobody who folds read models.
/// </summary>
internal sealed class History(IEventLog log, EventCodec codec, int seed)
{
    /// <summary>Appends that are under way at once; the order of those is left to chance, that of each stream is not.</summary>
    private const int AtOnce = 512;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _dice = new(seed);
    private readonly List<UserId> _people = [];
    private readonly List<(string Stream, IReadOnlyList<object> Events)> _appends = [];
    private long _events;

    public async Task WriteAsync(long events)
    {
        while (_events < events)
        {
            var person = Register();
            for (var invites = _dice.Next(1, 6); invites > 0; invites--) Invite(person);
            if (_appends.Count >= AtOnce) await FlushAsync();
        }

        await FlushAsync();
    }

    private UserId Register()
    {
        var (user, attempt) = (new UserId(Id()), Id());
        var (first, last, phone) = (new Personal(user, $"First{_dice.Next(1_000)}"), new Personal(user, $"Last{_dice.Next(1_000)}"), Phone(user));
        var streamEvents = new List<object>();
        if (_people.Count > 0 && _dice.Next(2) == 0) streamEvents.Add(new UserInvited(user, phone, Somebody(), At()));
        streamEvents.Add(new RegistrationRequested(user, attempt, first, last, phone, At()));
        streamEvents.Add(new VerificationCodeIssued(user, attempt, phone, new(user, "123456"), At(), At()));
        streamEvents.Add(new UserVerified(user, attempt, first, last, phone, new(user, Convert.ToBase64String(Bytes(32))), 1, Again: false, At()));
        Append($"phone-{Id():N}", [new PhoneClaimed(user, At())]);
        Append(StreamNames.Of(user), streamEvents);
        _people.Add(user);
        return user;
    }

    private void Invite(UserId by)
    {
        var other = Somebody();
        if (other == by) return;
        var id = ConnectionId.Between(by, other);
        var events = new List<object>
        {
            new InviteSent(id, by, other, new(other, $"Typed{_dice.Next(1_000)}"), new(other, "Name"), new(by, $"{Id():N}"), At()),
        };
        Append(StreamNames.Of(by), [new SquareTaken(by, id, -1, At())]);
        if (_dice.Next(3) == 0) events.Add(new InviteLinkOpened(id, by, other, At()));
        switch (_dice.Next(10))
        {
            case < 6:
                events.AddRange([new InviteSeen(id, by, other, At()), new InviteAccepted(id, by, other, At())]);
                Append(StreamNames.Of(other), [new SquareTaken(other, id, 1, At())]);
                break;
            case < 8:
                events.AddRange([new InviteSeen(id, by, other, At()), new InviteRejected(id, by, other, At()), new RejectionAcknowledged(id, by, other, At())]);
                Append(StreamNames.Of(by), [new SquareFreed(by, id, At())]);
                break;
            case 8:
                events.Add(new InviteCancelled(id, by, other, Seen: false, At()));
                Append(StreamNames.Of(by), [new SquareFreed(by, id, At())]);
                break;
        }

        Append(StreamNames.Of(id), events);
    }

    private void Append(string stream, IReadOnlyList<object> events)
    {
        _appends.Add((stream, events));
        _events += events.Count;
    }

    private async Task FlushAsync()
    {
        // Those of one stream one after the other, in their order.
        await Task.WhenAll(_appends.GroupBy(append => append.Stream).Select(async stream =>
        {
            var command = new CommandId(Guid.NewGuid());
            var events = stream.SelectMany(append => append.Events).ToList();
            await log.AppendAsync(
                stream.Key, ExpectedVersion.Any, await codec.EncodeAsync(stream.Key, events, new(command, command.Value, command.Value, Actor: null, At())));
        }));
        _appends.Clear();
    }

    private UserId Somebody() => _people[_dice.Next(_people.Count)];

    private Personal Phone(UserId user) => new(user, $"+49151{_people.Count:00000000}");

    private DateTimeOffset At() => Start.AddSeconds(_events);

    private Guid Id() => new(Bytes(16));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _dice.NextBytes(bytes);
        return bytes;
    }
}
