using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Where streams end, in memory: bounded, and never what is not so.</summary>
public sealed class StreamHeadsTests
{
    [Fact]
    public void Heads_are_bounded_also_when_readers_ask_for_streams_without_end()
    {
        var heads = new StreamHeads(perGeneration: 10);
        for (var i = 0; i < 100; i++) Learn(heads, $"read-{i}", heads.Generation);
        Enumerable.Range(0, 100).Count(i => Find(heads, $"read-{i}") is not null).ShouldBe(10);

        for (var i = 0; i < 100; i++)
        {
            heads.Add(Head($"written-{i}"));
            heads.ForgetIfMany();
            Find(heads, $"written-{i}").ShouldNotBeNull();
        }

        Enumerable.Range(0, 100).Count(i => Find(heads, $"written-{i}") is not null).ShouldBeInRange(10, 20);
    }

    [Fact]
    public void What_was_read_before_others_wrote_is_not_learned_after()
    {
        var heads = new StreamHeads(perGeneration: 10_000);
        var before = heads.Generation;
        heads.Forget();
        Learn(heads, "late", before);
        Find(heads, "late").ShouldBeNull();
    }

    [Fact]
    public void Who_is_asked_for_stays_with_what_the_writer_knows_of_him()
    {
        var heads = new StreamHeads(perGeneration: 10);
        var kept = heads.Add(Head("kept"));
        for (var i = 0; i < 100; i++)
        {
            var before = kept;
            kept = heads.FindAndKeep("kept", NameHash.Of("kept")).ShouldNotBeNull();
            before.IsReplaced.ShouldBe(kept != before, "who still has the other object must not believe it");
            kept.LastVersion.ShouldBe(i);
            kept.LastVersion++;
            kept.Publish();
            heads.Add(Head($"other-{i}"));
            heads.ForgetIfMany();
            Find(heads, "kept").ShouldNotBeNull().Committed.ShouldBe(i + 1);
        }
    }

    [Fact]
    public void The_writer_goes_on_with_what_a_reader_learned_meanwhile()
    {
        var heads = new StreamHeads(perGeneration: 10_000);
        Learn(heads, "both", heads.Generation);
        var learned = Find(heads, "both");
        heads.Add(Head("both")).ShouldBeSameAs(learned);
        for (var i = 0; i < 1_000; i++) heads.Add(Head($"other-{i}"));
        heads.FindAndKeep("both", NameHash.Of("both")).ShouldBeSameAs(learned);
    }

    [Fact]
    public void Names_of_one_hash_are_two_streams()
    {
        var heads = new StreamHeads(perGeneration: 10_000);
        var (one, two) = (heads.Add(new StreamHead("one", 1, 1, 0)), heads.Add(new StreamHead("two", 1, 2, 0)));
        two.ShouldNotBeSameAs(one);
        heads.Find("one", 1).ShouldBeSameAs(one);
        heads.FindAndKeep("two", 1).ShouldBeSameAs(two);
    }

    [Fact]
    public async Task Readers_look_while_the_writer_adds()
    {
        const int Kept = 50;
        var heads = new StreamHeads(perGeneration: 200);
        for (var i = 0; i < Kept; i++) heads.Add(Head($"kept-{i}"));
        var answered = new long[Kept];
        using var done = new CancellationTokenSource();
        var reading = new TaskCompletionSource();
        var reader = Task.Factory.StartNew(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    for (var i = 0; i < Kept; i++)
                    {
                        var least = Volatile.Read(ref answered[i]);
                        if (Find(heads, $"kept-{i}") is not { } head) continue;
                        head.Committed.ShouldBeGreaterThanOrEqualTo(least, "whoever was answered is not told of before");
                        reading.TrySetResult();
                    }
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await reading.Task.WaitAsync(TimeSpan.FromSeconds(20));

        // Many come within a transaction, so that tables grow beside an older one.
        var others = 0;
        for (var round = 1; round <= 2_000; round++)
        {
            for (var i = 0; i < Kept; i++)
            {
                var head = heads.FindAndKeep($"kept-{i}", NameHash.Of($"kept-{i}")).ShouldNotBeNull();
                head.LastVersion = round;
                for (var other = 0; other < 20; other++) heads.Add(Head($"other-{others++}"));
                head.Publish();
                Volatile.Write(ref answered[i], round);
            }

            heads.ForgetIfMany();
        }

        await done.CancelAsync();
        await reader.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static StreamHead Head(string name) => new(name, NameHash.Of(name), stream: 1, lastVersion: 0);

    private static StreamHead? Find(StreamHeads heads, string name) => heads.Find(name, NameHash.Of(name));

    private static void Learn(StreamHeads heads, string name, long generation) =>
        heads.Learn(name, NameHash.Of(name), stream: 0, StreamVersion.None, generation);
}
