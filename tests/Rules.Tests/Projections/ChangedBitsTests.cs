using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.Projections.ChangedBits;
using Cqrs.Rules.Tests.Interleavings;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>A bit is set by a change that the phone has not fetched, and only by that.</summary>
public sealed class ChangedBitsTests : IDisposable
{
    private static readonly BitName Bit = new(7);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cqrs-bits-");
    private readonly SqliteChangedBits _bits;

    public ChangedBitsTests() => _bits = SqliteChangedBits.Open(_folder.FullName, new StoppedClock(Start));

    [Fact]
    public async Task A_bit_that_was_never_set_is_not_there() => (await _bits.ReadAsync(Bit)).ShouldBeNull();

    [Fact]
    public async Task A_change_sets_it_and_fetching_the_list_clears_it()
    {
        await SetAsync(5);
        (await _bits.ReadAsync(Bit)).ShouldBe((true, 5));
        await _bits.ClearAsync(Bit, 5);
        (await _bits.ReadAsync(Bit)).ShouldBe((false, 5));
    }

    [Fact]
    public async Task A_change_after_the_list_was_fetched_keeps_it_set()
    {
        await SetAsync(6);
        await _bits.ClearAsync(Bit, 5);
        (await _bits.ReadAsync(Bit)).ShouldBe((true, 6));
    }

    [Fact]
    public async Task A_list_fetched_before_its_bit_was_set_leaves_it_clear()
    {
        await _bits.ClearAsync(Bit, 5);
        await SetAsync(5);
        (await _bits.ReadAsync(Bit)).ShouldBe((false, 5));
        await SetAsync(6);
        (await _bits.ReadAsync(Bit)).ShouldBe((true, 6));
    }

    [Fact]
    public async Task The_same_change_told_again_sets_nothing_and_the_mark_never_goes_back()
    {
        await SetAsync(5);
        await _bits.ClearAsync(Bit, 5);
        await SetAsync(5);
        await SetAsync(4);
        (await _bits.ReadAsync(Bit)).ShouldBe((false, 5));
        (await _bits.LoadMarkAsync()).ShouldBe(new LogPosition(5));
    }

    public void Dispose()
    {
        _bits.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task SetAsync(long version) => await _bits.SetAsync([new(Bit, version)], new(version));
}
