using Cqrs.Domain.Mailboxes;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Contracts.Tests.Mailboxes;

/// <summary>What every engine of the table <c>mailboxes</c> must keep: SQLite now, DynamoDB as it is.</summary>
public abstract partial class MailboxesContract : IAsyncLifetime
{
    private static long s_names;

    protected IMailboxes Mailboxes { get; private set; } = null!;

    protected IChangedBits Bits { get; private set; } = null!;

    /// <summary>Opens the table; both ports are views of the same one.</summary>
    protected abstract Task<(IMailboxes Mailboxes, IChangedBits Bits)> OpenAsync();

    /// <summary>Closes it and opens it again.</summary>
    protected abstract Task<(IMailboxes Mailboxes, IChangedBits Bits)> ReopenAsync();

    /// <summary>Sets the clock that the table goes by forward.</summary>
    protected abstract void Advance(TimeSpan time);

    public async Task InitializeAsync() => (Mailboxes, Bits) = await OpenAsync();

    public abstract Task DisposeAsync();

    [Fact]
    public async Task What_was_never_written_is_empty()
    {
        (await StateAsync(NewName())).ShouldBe(default);
        var poll = await Mailboxes.PollAsync(NewBit(), new[] { NewName(), NewName() });
        (poll.Changed, poll.Version).ShouldBe((false, 0));
        poll.Mailboxes.ToArray().ShouldBe(new MailboxState[2]);
    }

    [Fact]
    public async Task A_video_and_what_was_seen_are_written_each_by_itself_or_both_at_once()
    {
        var name = NewName();
        (await Mailboxes.WriteAsync(name, new(1000, Seen: null))).ShouldBeNull();
        (await StateAsync(name)).ShouldBe(new(1000, Seen: null));
        (await Mailboxes.WriteAsync(name, new(Video: null, new(500, SeenStatus.Downloaded)))).ShouldBeNull();
        (await StateAsync(name)).ShouldBe(new(1000, new Seen(500, SeenStatus.Downloaded)));
        (await Mailboxes.WriteAsync(name, new(1001, new(501, SeenStatus.Viewed)))).ShouldBeNull();
        (await StateAsync(name)).ShouldBe(new(1001, new Seen(501, SeenStatus.Viewed)));
    }

    [Theory]
    [InlineData(999, null, null, true)]
    [InlineData(999, 2000L, SeenStatus.Viewed, true)]
    [InlineData(1000, null, null, false)]
    [InlineData(null, 500L, SeenStatus.Downloaded, false)]
    [InlineData(null, 500L, SeenStatus.Viewed, false)]
    [InlineData(null, 499L, SeenStatus.Viewed, false)]
    [InlineData(1000, 499L, SeenStatus.Viewed, false)]
    public async Task Nothing_goes_back_in_time(int? video, long? seen, SeenStatus? status, bool isRefused)
    {
        var name = NewName();
        await Mailboxes.WriteAsync(name, new(1000, new(500, SeenStatus.Viewed)));
        var refusal = await Mailboxes.WriteAsync(name, new(video, seen is null ? null : new(seen.Value, status!.Value)));
        refusal.ShouldBe(isRefused ? MailboxRefusals.OlderVideo : null);
        (await StateAsync(name)).ShouldBe(new(1000, new Seen(500, SeenStatus.Viewed)));
    }

    [Fact]
    public async Task A_poll_answers_in_the_order_that_it_was_asked_in()
    {
        var names = Enumerable.Range(0, 64).Select(_ => NewName()).ToArray();
        for (var i = 0; i < names.Length; i += 3) await Mailboxes.WriteAsync(names[i], new(i + 1, Seen: null));
        var bit = NewBit();
        await Bits.SetAsync([new(bit, 17)], 17);
        new Random(1).Shuffle(names);
        var poll = await Mailboxes.PollAsync(bit, names);
        (poll.Changed, poll.Version).ShouldBe((true, 17));
        for (var i = 0; i < names.Length; i++) poll.Mailboxes.Span[i].ShouldBe(await StateAsync(names[i]));
        poll.Mailboxes.ToArray().Count(state => state.Video is not null).ShouldBe(22);
    }

    [Fact]
    public async Task A_mailbox_and_a_bit_are_found_again_after_a_restart()
    {
        var (name, bit) = (NewName(), NewBit());
        await Mailboxes.WriteAsync(name, new(1000, new(500, SeenStatus.Viewed)));
        await Bits.SetAsync([new(bit, 17)], 17);
        (Mailboxes, Bits) = await ReopenAsync();
        (await StateAsync(name)).ShouldBe(new(1000, new Seen(500, SeenStatus.Viewed)));
        (await Bits.ReadAsync(bit)).ShouldBe((true, 17));
        (await Bits.LoadMarkAsync()).ShouldBe(17);
    }

    [Fact]
    public async Task A_mailbox_is_gone_when_nobody_has_written_it_for_long_and_can_be_written_anew()
    {
        var (old, young) = (NewName(), NewName());
        await Mailboxes.WriteAsync(old, new(1000, new(500, SeenStatus.Viewed)));
        Advance(TimeSpan.FromDays(1));
        await Mailboxes.WriteAsync(young, new(1000, Seen: null));
        Advance(IMailboxes.Lifetime - TimeSpan.FromHours(23));
        (await StateAsync(old)).ShouldBe(default);
        (await StateAsync(young)).ShouldBe(new(1000, Seen: null));
        (await Mailboxes.WriteAsync(old, new(10, Seen: null))).ShouldBeNull();
        (await StateAsync(old)).ShouldBe(new(10, Seen: null));
    }

    [Fact]
    public async Task Of_writers_who_race_the_newest_video_wins_and_news_is_kept()
    {
        var name = NewName();
        var order = Enumerable.Range(1, 200).ToArray();
        new Random(2).Shuffle(order);
        var refusals = await Task.WhenAll(order.Select(i => Task.Run(async () => await Mailboxes.WriteAsync(
            name, i % 2 == 0 ? new(i, Seen: null) : new(Video: null, new(i, SeenStatus.Viewed))))));
        (await StateAsync(name)).ShouldBe(new(200, new Seen(199, SeenStatus.Viewed)));
        refusals.Where(refusal => refusal is not null).ShouldAllBe(refusal => refusal == MailboxRefusals.OlderVideo);
    }

    [Fact]
    public async Task Polls_see_a_mailbox_only_go_forward_while_it_is_written()
    {
        var name = NewName();
        using var end = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var last = 0L; !end.IsCancellationRequested;)
            {
                var state = await StateAsync(name);
                (state.Video ?? 0).ShouldBeGreaterThanOrEqualTo(last);
                (state.Seen?.Video ?? 0).ShouldBe(state.Video ?? 0, "both were written at once");
                last = state.Video ?? 0;
            }
        })).ToList();
        for (var i = 1; i <= 500; i++) await Mailboxes.WriteAsync(name, new(i, new(i, SeenStatus.Viewed)));
        await end.CancelAsync();
        await Task.WhenAll(readers);
        (await StateAsync(name)).Video.ShouldBe(500);
    }

    protected static MailboxName NewName() => new((UInt128)Interlocked.Increment(ref s_names) << 64);

    protected static BitName NewBit() => new((UInt128)Interlocked.Increment(ref s_names));

    private async Task<MailboxState> StateAsync(MailboxName name) => (await Mailboxes.PollAsync(default, new[] { name })).Mailboxes.Span[0];
}
