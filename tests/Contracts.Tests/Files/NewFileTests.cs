using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Contracts.Tests.Files;

/// <summary>Servers that are started at once on a new folder.</summary>
public sealed class NewFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Several_may_open_tables_that_none_of_them_finds() =>
        OpenAtOnceAsync(static folder => SqliteTables.Open(folder, "things.db", "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY)"));

    [Fact]
    public Task Several_may_open_mailboxes_that_none_of_them_finds() =>
        OpenAtOnceAsync(static folder => SqliteMailboxes.Open(folder, TimeProvider.System));

    private async Task OpenAtOnceAsync(Func<string, IDisposable> open)
    {
        for (var i = 0; i < 50; i++)
        {
            var folder = Path.Combine(_folder.Path, $"{i}");
            using var start = new Barrier(4);
            var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Patience);
                    return open(folder);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            foreach (var one in opened) one.Dispose();
        }
    }
}
