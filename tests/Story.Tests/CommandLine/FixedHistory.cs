using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>
/// A data folder whose every id and time is the same in each run, so that what is said of it can be approved. Ada and Bob
/// have the app and connect; Cid has none, comes by a link and declines; Dan never answers; Eve joins and is forgotten.
/// </summary>
public sealed class FixedHistory : IAsyncLifetime
{
    private readonly DataFolder _folder = new();
    private readonly HandClock _clock = new();
    private SqliteEventLog _log = null!;
    private EventCodec _codec = null!;
    private int _commands;

    public static UserId Ada { get; } = Person('a');

    public static UserId Bob { get; } = Person('b');

    public static UserId Cid { get; } = Person('c');

    public static UserId Dan { get; } = Person('d');

    public static UserId Eve { get; } = Person('e');

    public static IReadOnlyList<string> Secrets { get; } = ["Ada", "Lovelace", "+49151", "linkcode", "mailbox-key", "123456"];

    public string Path => _folder.Path;

    /// <summary>The request in which Ada invited Bob.</summary>
    public static Guid Invitation { get; } = Command(5).Value;

    public async Task InitializeAsync()
    {
        using var keys = SqliteKeys.Open(Path, MasterKeyFile.LoadOrCreate(Path));
        _codec = new(DomainEvents.All, keys);
        await using (_log = SqliteEventLog.Open(Path, _clock))
        {
            await HappenAsync();
            await keys.DeleteAsync(Eve);
            await ProjectAsync();
        }
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    private static UserId Person(char letter) => new(new Guid($"{letter}0000000-0000-4000-8000-000000000000"));

    private static CommandId Command(int number) => new(new Guid(number, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]));

    private async Task HappenAsync()
    {
        At("2026-11-02T09:00Z");
        await RegisterAsync(Ada);
        await RegisterAsync(Bob);
        var invited = await InviteAsync(Ada, Bob);
        await AtAsync("2026-11-02T09:10Z", invited, e => new InviteSeen(e, Ada, Bob, _clock.Now));
        var accepted = Next();
        await AtAsync("2026-11-02T10:40Z", accepted, Bob, new SquareTaken(Bob, invited, 1, At("2026-11-02T10:40Z")), reservesFor: accepted);
        await AtAsync("2026-11-02T10:40Z", accepted, Bob, new InviteAccepted(invited, Ada, Bob, _clock.Now));

        At("2026-11-04T12:00Z");
        var toCid = await InviteAsync(Ada, Cid, isNew: true);
        await AtAsync("2026-11-04T14:00Z", toCid, e => new InviteLinkOpened(e, Ada, Cid, _clock.Now));
        At("2026-11-05T08:00Z");
        await RegisterAsync(Cid, claims: false);
        await AtAsync("2026-11-05T08:05Z", toCid, e => new InviteSeen(e, Ada, Cid, _clock.Now));
        await AtAsync("2026-11-05T20:05Z", toCid, e => new InviteRejected(e, Ada, Cid, _clock.Now));

        At("2026-11-11T18:30Z");
        await InviteAsync(Bob, Dan, isNew: true);

        At("2026-11-12T07:00Z");
        await RegisterAsync(Eve);
        var left = Next();
        await AtAsync("2026-11-12T07:30Z", left, Eve, new UserForgotten(Eve, At("2026-11-12T07:30Z")));
        await AtAsync("2026-11-12T07:30Z", left, Eve, new PhoneReleased(Eve, _clock.Now));
    }

    private async Task RegisterAsync(UserId user, bool claims = true)
    {
        var (asked, attempt) = (Next(), new Guid(_commands, 1, 0, new byte[8]));
        if (claims) await AppendAsync(StreamNames.OfPhone($"key-{user}"), asked, user, new PhoneClaimed(user, _clock.Now));
        var (first, last, phone) = (new Personal(user, "Ada"), new Personal(user, "Lovelace"), new Personal(user, "+4915112345678"));
        await AppendAsync(
            StreamNames.Of(user), asked, user, new RegistrationRequested(user, attempt, first, last, phone, _clock.Now),
            new VerificationCodeIssued(user, attempt, phone, new(user, "123456"), _clock.Now.AddMinutes(10), _clock.Now));
        _clock.Now = _clock.Now.AddMinutes(1);
        await AppendAsync(StreamNames.Of(user), Next(), user, new UserVerified(user, attempt, first, last, phone, new(user, "mailbox-key"), 1, Again: false, _clock.Now));
    }

    private async Task<ConnectionId> InviteAsync(UserId inviter, UserId invitee, bool isNew = false)
    {
        var (invite, pair) = (Next(), ConnectionId.Between(inviter, invitee));
        var phone = new Personal(invitee, "+4915187654321");
        if (isNew)
        {
            await AppendAsync(StreamNames.OfPhone($"key-{invitee}"), invite, inviter, new PhoneClaimed(invitee, _clock.Now));
            await AppendAsync(StreamNames.Of(invitee), invite, inviter, new UserInvited(invitee, phone, inviter, _clock.Now));
        }

        await AppendAsync(StreamNames.Of(inviter), new(invite.Derive("take")), inviter, [new SquareTaken(inviter, pair, -1, _clock.Now)], partOf: invite);
        await AppendAsync(StreamNames.Of(pair), invite, inviter, new InviteSent(
            pair, inviter, invitee, new(invitee, "Ada"), new(invitee, "Lovelace"), new(inviter, "linkcode"), _clock.Now));
        return pair;
    }

    private DateTimeOffset At(string time) => _clock.Now = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);

    private async Task AtAsync(string time, ConnectionId pair, Func<ConnectionId, IDomainEvent> happens)
    {
        At(time);
        await AppendAsync(StreamNames.Of(pair), Next(), actor: null, happens(pair));
    }

    private async Task AtAsync(string time, CommandId command, UserId user, IDomainEvent happens, CommandId? reservesFor = null)
    {
        At(time);
        var stream = happens switch
        {
            PhoneReleased => StreamNames.OfPhone($"key-{user}"),
            InviteAccepted e => StreamNames.Of(e.Connection),
            _ => StreamNames.Of(user),
        };
        await AppendAsync(stream, reservesFor is { } whole ? new(whole.Derive("take")) : command, user, [happens], reservesFor);
    }

    private Task AppendAsync(string stream, CommandId command, UserId? actor, params IDomainEvent[] events) =>
        AppendAsync(stream, command, actor, events, partOf: null);

    private async Task AppendAsync(string stream, CommandId command, UserId? actor, IReadOnlyList<IDomainEvent> events, CommandId? partOf)
    {
        var whole = (partOf ?? command).Value;
        await _log.AppendAsync(
            stream, ExpectedVersion.Any, await _codec.EncodeAsync(stream, events, new(command, whole, whole, actor, _clock.Now)));
    }

    private CommandId Next() => Command(++_commands);

    private async Task ProjectAsync()
    {
        foreach (var model in new ISqliteModel[] { new UsersModel(), new ConnectionsModel() })
        {
            using var projection = SqliteProjection.Open(System.IO.Path.Combine(Path, "projections"), model);
            using var done = new CancellationTokenSource();
            var running = new ProjectionRunner(projection, _log, _codec, TimeProvider.System).RunAsync(done.Token);
            await projection.WaitAsync(await _log.HeadAsync(), done.Token).WaitAsync(TimeSpan.FromSeconds(30));
            await done.CancelAsync();
            await running;
        }
    }

    private sealed class HandClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
