using Cqrs.Domain.Decisions;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Messaging.Mailboxes;

/// <summary>
/// The table <c>mailboxes</c> in SQLite: mailboxes and changed bits. Any number of readers answer at once, on the
/// calling thread and from the page cache; writers share commits. What a phone writes is on the disk when it is
/// answered; bits follow from the lists, so they reach it a moment later. Several processes may use the same file.
/// </summary>
public sealed class SqliteMailboxes : IMailboxes, IChangedBits, IDisposable
{
    /// <summary>The file, in its folder.</summary>
    public const string FileName = MailboxFile.FileName;

    private const int SweepPage = 500;

    private readonly ReaderPool<MailboxReader> _readers;
    private readonly MailboxWriter _writer;
    private readonly TimeProvider _clock;

    private SqliteMailboxes(MailboxFile file, TimeProvider clock)
    {
        _readers = new(() => new(file.OpenReader()));
        _writer = new(new(file.OpenWriter()));
        _clock = clock;
    }

    /// <summary>Opens, or makes, <c>mailboxes.db</c> in the folder.</summary>
    public static SqliteMailboxes Open(string folder, TimeProvider clock) => new(MailboxFile.In(folder), clock);

    public ValueTask<Poll> PollAsync(BitName bit, ReadOnlyMemory<MailboxName> mailboxes, CancellationToken cancel = default) => new(Read(
        (bit, mailboxes, Now: _clock.GetUtcNow().ToUnixTimeSeconds()),
        static (reader, ask) => reader.Poll(ask.bit, ask.mailboxes.Span, ask.Now)));

    public ValueTask<Refusal?> WriteAsync(MailboxName mailbox, MailboxChange change, CancellationToken cancel = default)
    {
        var now = _clock.GetUtcNow();
        return new(_writer.WriteAsync(rows => rows.Write(mailbox, change, now), isDurable: true));
    }

    public async ValueTask<long> LoadMarkAsync(CancellationToken cancel = default) =>
        await _writer.WriteAsync(static rows => rows.Mark(), isDurable: false);

    public async ValueTask SetAsync(IReadOnlyList<ChangedBit> bits, long mark, CancellationToken cancel = default)
    {
        var now = _clock.GetUtcNow();
        await _writer.WriteAsync(
            rows =>
            {
                foreach (var bit in bits) rows.SetBit(bit, now);
                rows.MoveMark(mark);
                return true;
            },
            isDurable: false);
    }

    public async ValueTask<int> StartAgainAsync(CancellationToken cancel = default)
    {
        var now = _clock.GetUtcNow();
        return await _writer.WriteAsync(rows => rows.StartAgain(now), isDurable: true);
    }

    public async ValueTask ClearAsync(BitName bit, long version, CancellationToken cancel = default)
    {
        // Most lists are fetched when there is nothing to clear, and looking costs no turn at writing.
        if (Bit(bit) is (false, var seen) && seen >= version) return;
        var now = _clock.GetUtcNow();
        await _writer.WriteAsync(
            rows =>
            {
                rows.ClearBit(new(bit, version), now);
                return true;
            },
            isDurable: false);
    }

    public ValueTask<(bool Changed, long Version)?> ReadAsync(BitName bit, CancellationToken cancel = default) => new(Bit(bit));

    /// <summary>Removes the mailboxes that nobody has written for <see cref="IMailboxes.Lifetime"/>.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> SweepAsync(CancellationToken cancel = default)
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var (count, last) = (0, "");
        while (Expired(last, now) is { Count: > 0 } keys)
        {
            cancel.ThrowIfCancellationRequested();
            await _writer.WriteAsync(
                rows =>
                {
                    foreach (var key in keys) rows.DropExpired(key, now);
                    return true;
                },
                isDurable: false);
            (count, last) = (count + keys.Count, keys[^1]);
        }

        return count;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _readers.Dispose();
    }

    private (bool Changed, long Version)? Bit(BitName bit) => Read(bit, static (reader, bit) => reader.Bit(bit));

    private IReadOnlyList<string> Expired(string after, long now) =>
        Read((after, now), static (reader, ask) => reader.Expired(ask.after, ask.now, SweepPage));

    private T Read<TAsk, T>(TAsk ask, Func<MailboxReader, TAsk, T> read)
    {
        var reader = _readers.Take();
        try
        {
            var answer = read(reader, ask);
            _readers.Return(reader);
            return answer;
        }
        catch
        {
            // It may be left inside a transaction.
            reader.Dispose();
            throw;
        }
    }
}
