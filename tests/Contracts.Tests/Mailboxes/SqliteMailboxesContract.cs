using Cqrs.Contracts.Tests.Log;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Tables;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Contracts.Tests.Mailboxes;

public sealed class SqliteMailboxesContract : MailboxesContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly SetForward _clock = new();
    private SqliteMailboxes? _table;

    protected override Task<(IMailboxes Mailboxes, IChangedBits Bits)> OpenAsync()
    {
        _table = SqliteMailboxes.Open(_folder.Path, _clock);
        return Task.FromResult<(IMailboxes, IChangedBits)>((_table, _table));
    }

    protected override async Task<(IMailboxes Mailboxes, IChangedBits Bits)> ReopenAsync()
    {
        _table!.Dispose();
        return await OpenAsync();
    }

    protected override void Advance(TimeSpan time) => _clock.Advance(time);

    public override Task DisposeAsync()
    {
        _table!.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task The_sweep_removes_what_is_over_and_nothing_else()
    {
        var names = Enumerable.Range(0, 1200).Select(_ => NewName()).ToArray();
        var bit = NewBit();
        await Bits.SetAsync([new(bit, 5)], 5);
        await Task.WhenAll(names.Select(name => Mailboxes.WriteAsync(name, new(1, Seen: null)).AsTask()));
        _clock.Advance(TimeSpan.FromDays(1));
        await Mailboxes.WriteAsync(names[7], new(2, Seen: null));
        (await _table!.SweepAsync()).ShouldBe(0);
        _clock.Advance(IMailboxes.Lifetime - TimeSpan.FromHours(1));
        (await _table.SweepAsync()).ShouldBe(1199);
        (await _table.SweepAsync()).ShouldBe(0);
        (await Bits.ReadAsync(bit)).ShouldBe((true, 5));
        (await Mailboxes.PollAsync(bit, new[] { names[7] })).Mailboxes.Span[0].Video.ShouldBe(2);
    }

    [Fact]
    public async Task Two_processes_share_the_file()
    {
        using var other = SqliteMailboxes.Open(_folder.Path, _clock);
        var names = Enumerable.Range(0, 50).Select(_ => NewName()).ToArray();
        var (bit, tables) = (NewBit(), new[] { _table!, other });
        await Task.WhenAll(names.SelectMany((name, i) => tables.Select(async table =>
        {
            await table.WriteAsync(name, new(i + 1, Seen: null));
            await table.SetAsync([new(bit, i + 1)], i + 1);
        })));
        foreach (var table in tables)
        {
            var poll = await table.PollAsync(bit, names);
            poll.Version.ShouldBe(50);
            poll.Mailboxes.ToArray().Select(state => state.Video).ShouldBe(Enumerable.Range(1, 50).Select(i => (long?)i));
        }
    }

    [Fact]
    public async Task A_file_that_held_nothing_but_bits_is_taken_over()
    {
        using var folder = new TemporaryFolder();
        var (bit, name) = (new BitName(7), new MailboxName(8));
        using (var before = SqliteTables.Open(folder.Path, "mailboxes.db", """
            CREATE TABLE mailboxes (k TEXT PRIMARY KEY, changed INTEGER, version INTEGER, at INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
            INSERT INTO mark (id, position) VALUES (1, 17);
            """))
        {
            before.Run("INSERT INTO mailboxes (k, changed, version, at) VALUES ($1, 1, 17, 0)", bit.ToString());
        }

        for (var start = 0; start < 2; start++)
        {
            using var table = SqliteMailboxes.Open(folder.Path, _clock);
            (await table.ReadAsync(bit)).ShouldBe((true, 17));
            (await table.LoadMarkAsync()).ShouldBe(17);
            (await table.WriteAsync(name, new(1000, Seen: null))).ShouldBeNull();
        }
    }
}
