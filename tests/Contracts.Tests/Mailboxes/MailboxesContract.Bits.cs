using Cqrs.Domain.Mailboxes;

namespace Cqrs.Contracts.Tests.Mailboxes;

/// <summary>A bit is set by a change that the phone has not fetched, and only by that.</summary>
public abstract partial class MailboxesContract
{
    [Fact]
    public async Task A_bit_that_was_never_set_is_not_there() => (await Bits.ReadAsync(NewBit())).ShouldBeNull();

    [Fact]
    public async Task A_change_sets_it_and_fetching_the_list_clears_it()
    {
        var bit = NewBit();
        await SetAsync(bit, 5);
        (await Bits.ReadAsync(bit)).ShouldBe((true, 5));
        (await Mailboxes.PollAsync(bit, default)).ShouldSatisfyAllConditions(poll => poll.Changed.ShouldBeTrue(), poll => poll.Version.ShouldBe(5));
        await Bits.ClearAsync(bit, 5);
        (await Bits.ReadAsync(bit)).ShouldBe((false, 5));
        (await Mailboxes.PollAsync(bit, default)).ShouldSatisfyAllConditions(poll => poll.Changed.ShouldBeFalse(), poll => poll.Version.ShouldBe(5));
    }

    [Fact]
    public async Task A_change_after_the_list_was_fetched_keeps_it_set()
    {
        var bit = NewBit();
        await SetAsync(bit, 6);
        await Bits.ClearAsync(bit, 5);
        (await Bits.ReadAsync(bit)).ShouldBe((true, 6));
    }

    [Fact]
    public async Task A_list_fetched_before_its_bit_was_set_leaves_it_clear()
    {
        var bit = NewBit();
        await Bits.ClearAsync(bit, 5);
        await SetAsync(bit, 5);
        (await Bits.ReadAsync(bit)).ShouldBe((false, 5));
        await SetAsync(bit, 6);
        (await Bits.ReadAsync(bit)).ShouldBe((true, 6));
    }

    [Fact]
    public async Task The_same_change_told_again_sets_nothing_and_the_mark_never_goes_back()
    {
        var bit = NewBit();
        var mark = await Bits.LoadMarkAsync() + 10;
        await Bits.SetAsync([new(bit, mark)], mark);
        await Bits.ClearAsync(bit, mark);
        await Bits.SetAsync([new(bit, mark)], mark);
        await Bits.SetAsync([new(bit, mark - 1)], mark - 1);
        (await Bits.ReadAsync(bit)).ShouldBe((false, mark));
        (await Bits.LoadMarkAsync()).ShouldBe(mark);
    }

    [Fact]
    public async Task Started_again_every_bit_is_set_and_set_again_by_the_first_change_of_a_log_that_was_put_back()
    {
        var (seen, waiting, never) = (NewBit(), NewBit(), NewBit());
        await Bits.SetAsync([new(seen, 1_000), new(waiting, 1_001)], 1_001);
        await Bits.ClearAsync(seen, 1_000);

        (await Bits.StartAgainAsync()).ShouldBeGreaterThanOrEqualTo(2);

        (await Bits.LoadMarkAsync()).ShouldBe(0);
        foreach (var bit in new[] { seen, waiting }) (await Bits.ReadAsync(bit)).ShouldBe((true, 0));
        (await Bits.ReadAsync(never)).ShouldBeNull();

        // The list as it is now, then a change at a position below the old one.
        await Bits.ClearAsync(seen, 7);
        (await Bits.ReadAsync(seen)).ShouldBe((false, 7));
        await SetAsync(seen, 9);
        (await Bits.ReadAsync(seen)).ShouldBe((true, 9));

        // A user whose list has not changed in this log at all.
        await Bits.ClearAsync(waiting, 0);
        (await Bits.ReadAsync(waiting)).ShouldBe((false, 0));
    }

    [Fact]
    public async Task However_changes_and_fetches_interleave_nobody_ends_believing_that_nothing_changed()
    {
        var bit = NewBit();
        long newest = 0, fetched = 0;
        using var end = new CancellationTokenSource();
        var phones = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                if (!(await Mailboxes.PollAsync(bit, default)).Changed) continue;
                var list = Volatile.Read(ref newest);
                await Bits.ClearAsync(bit, list);
                for (var before = Volatile.Read(ref fetched); list > before; before = Volatile.Read(ref fetched))
                    if (Interlocked.CompareExchange(ref fetched, list, before) == before) break;

                // A list that was fetched is never newer than a bit that is clear afterwards.
                (await Mailboxes.PollAsync(bit, default)).Version.ShouldBeGreaterThanOrEqualTo(list);
            }
        })).ToList();
        for (var version = 1L; version <= 3000; version++)
        {
            Volatile.Write(ref newest, version);
            await Bits.SetAsync([new(bit, version)], version);
        }

        await end.CancelAsync();
        await Task.WhenAll(phones);
        var poll = await Mailboxes.PollAsync(bit, default);
        (poll.Changed || Volatile.Read(ref fetched) == 3000).ShouldBeTrue($"bit {poll.Changed}, fetched {fetched}");
        poll.Version.ShouldBe(3000);
    }

    private async Task SetAsync(BitName bit, long version) => await Bits.SetAsync([new(bit, version)], version);
}
