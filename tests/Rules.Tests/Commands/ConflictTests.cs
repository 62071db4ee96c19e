using Cqrs.Commands.Execution;
using Cqrs.Domain.Phones;
using Cqrs.EventStore.Log;

namespace Cqrs.Rules.Tests.Commands;

/// <summary>Commands that others come before, and first come first served.</summary>
public sealed class ConflictTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    public async Task A_command_that_others_come_before_looks_again(int conflicts)
    {
        RivalLog rival = null!;
        var desk = new Desk(around: log => rival = new(log));
        var ann = await desk.RegisteredAsync(Desk.AnnsPhone);
        rival.Wins = conflicts;

        (await desk.Node.Revoke.HandleAsync(new(ann), desk.Next())).Value.ShouldNotBeNull();

        (await desk.UserAsync(ann)).Epoch.ShouldBe(2u);
        rival.Refused.ShouldBe(conflicts);
    }

    [Fact]
    public async Task A_command_that_others_always_come_before_gives_up_and_changed_nothing()
    {
        RivalLog rival = null!;
        var desk = new Desk(around: log => rival = new(log));
        var ann = await desk.RegisteredAsync(Desk.AnnsPhone);
        var count = await desk.CountAsync();
        rival.Wins = int.MaxValue;

        await Should.ThrowAsync<TooContendedException>(desk.Node.Revoke.HandleAsync(new(ann), desk.Next()));

        (await desk.CountAsync()).ShouldBe(count);
        rival.Refused.ShouldBe(100);
    }

    [Fact]
    public async Task Of_50_who_claim_a_number_at_once_one_owns_it_and_all_are_told_who()
    {
        var desk = new Desk();
        PhoneNumberParser.Parse(Desk.AnnsPhone, "DE").Number.ShouldNotBeNull();
        var phone = PhoneNumber.FromStored(Desk.AnnsPhone);
        var contexts = Enumerable.Range(0, 50).Select(_ => desk.Next()).ToList();

        var owners = await Task.WhenAll(contexts.Select(context => Task.Run(async () => await desk.Node.Numbers.FindOrClaimAsync(phone, context))));

        owners.Distinct().Count().ShouldBe(1);
        (await desk.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Of_50_tries_of_one_command_at_once_all_are_told_the_same_owner()
    {
        var desk = new Desk();
        var phone = PhoneNumber.FromStored(Desk.AnnsPhone);
        var context = desk.Next();

        var owners = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await desk.Node.Numbers.FindOrClaimAsync(phone, context))));

        owners.Distinct().Count().ShouldBe(1);
        (await desk.Node.Numbers.FindAsync(phone)).ShouldBe(owners[0]);
    }

    // The first to ask read the key that names are made with; half of a key would name another stream.
    [Fact]
    public async Task The_first_who_ask_for_a_number_all_at_once_look_in_the_same_place()
    {
        for (var start = 0; start < 300; start++)
        {
            var desk = new Desk();
            var phone = PhoneNumber.FromStored(Desk.AnnsPhone);
            var context = desk.Next();
            using var go = new Barrier(4);
            var owners = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    go.SignalAndWait();
                    return desk.Node.Numbers.FindOrClaimAsync(phone, context).AsTask();
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
            owners.Distinct().Count().ShouldBe(1);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("////////////////////////////////////////////////////////////////////////////////")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_registration_id_that_was_never_given_is_refused(string id)
    {
        var desk = new Desk();
        (await desk.Node.Verify.HandleAsync(new(id, "000000"), desk.Next())).Refusal!.Code.ShouldBe("unknown-registration");
        (await desk.Node.Resend.HandleAsync(new(id), desk.Next())).Refusal!.Code.ShouldBe("unknown-registration");
        (await desk.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_registration_id_says_nothing_and_bears_no_change()
    {
        var desk = new Desk();
        var id = (await desk.RequestAsync(Desk.AnnsPhone)).RegistrationId;
        id.Length.ShouldBe(80);
        var other = (await desk.RequestAsync(Desk.AnnsPhone)).RegistrationId;
        id.Zip(other).Count(pair => pair.First == pair.Second).ShouldBeLessThan(40, "two attempts of one user look alike");

        var code = await desk.CodeAsync();
        for (var i = 0; i < id.Length; i += 7)
        {
            var changed = id[..i] + (id[i] == 'A' ? 'B' : 'A') + id[(i + 1)..];
            (await desk.Node.Verify.HandleAsync(new(changed, code), desk.Next())).Refusal!.Code.ShouldBe("unknown-registration");
        }
    }

    /// <summary>A log on which, for a while, somebody else is always faster.</summary>
    private sealed class RivalLog(IEventLog log) : IEventLog
    {
        public int Wins { get; set; }

        public int Refused { get; private set; }

        public Task<Appended> AppendAsync(string stream, ExpectedVersion expected, IReadOnlyList<EventToAppend> events, CancellationToken cancel = default)
        {
            if (Wins == 0) return log.AppendAsync(stream, expected, events, cancel);
            Wins--;
            Refused++;
            return Task.FromException<Appended>(new WrongExpectedVersionException(stream, expected, expected.Value + 1));
        }

        public ValueTask<StreamSlice> ReadStreamAsync(
            string stream, long fromVersion, int maxCount, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
            log.ReadStreamAsync(stream, fromVersion, maxCount, direction, cancel);

        public ValueTask<LogPage> ReadAllAsync(
            LogPosition from, int maxCount, LogFilter? filter = null, ReadDirection direction = ReadDirection.Forwards, CancellationToken cancel = default) =>
            log.ReadAllAsync(from, maxCount, filter, direction, cancel);

        public IAsyncEnumerable<LogPage> SubscribeAsync(
            LogPosition after, LogFilter? filter = null, int maxPageSize = 512, CancellationToken cancel = default) =>
            log.SubscribeAsync(after, filter, maxPageSize, cancel);

        public ValueTask<LogPosition> HeadAsync(CancellationToken cancel = default) => log.HeadAsync(cancel);
    }
}
