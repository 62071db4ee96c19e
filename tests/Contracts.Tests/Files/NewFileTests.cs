using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Contracts.Tests.Files;

/// <summary>Servers that are started at once on a new folder.</summary>
public sealed class NewFileTests : IDisposable
{
    private const int Folders = 50;
    private const int Servers = 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Several_may_open_tables_that_none_of_them_finds()
    {
        for (var i = 0; i < Folders; i++)
        {
            var folder = FolderOf(i);
            var opened = await AtOnce.DoAsync(Servers, () => SqliteTables.Open(folder, "things.db", "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY)"));
            foreach (var tables in opened) tables.Run("INSERT INTO things DEFAULT VALUES");
            foreach (var tables in opened) tables.Number("SELECT count(*) FROM things").ShouldBe(Servers);
            foreach (var tables in opened) tables.Dispose();
        }
    }

    [Fact]
    public async Task Several_may_open_mailboxes_that_none_of_them_finds()
    {
        for (var i = 0; i < Folders; i++)
        {
            var folder = FolderOf(i);
            var opened = await AtOnce.DoAsync(Servers, () => SqliteMailboxes.Open(folder, TimeProvider.System));
            foreach (var mailboxes in opened) await mailboxes.SetAsync([], await mailboxes.LoadMarkAsync() + 1);
            foreach (var mailboxes in opened) (await mailboxes.LoadMarkAsync()).ShouldBe(Servers);
            foreach (var mailboxes in opened) mailboxes.Dispose();
        }
    }

    private string FolderOf(int number) => Path.Combine(_folder.Path, $"{number}");
}
