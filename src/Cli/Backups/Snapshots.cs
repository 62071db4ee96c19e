using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Backups;

/// <summary>
/// All embedded stores as of one moment. What follows the log is held first, so that none of it is ahead of the log; the
/// keys last, so that there is one for each event. Why every such set heals: docs/decisions/backup.md.
/// </summary>
internal sealed class Snapshots : IDisposable
{
    private const string Forgotten = "SELECT coalesce(max(id), 0) FROM forgotten";

    private readonly List<(string Path, SqliteSnapshot Snapshot)> _stores = [];

    private Snapshots(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Paths below the folder; the keys come first, because no user can be forgotten while they are held.</summary>
    public IEnumerable<(string Path, SqliteSnapshot Snapshot)> Stores => _stores.OrderBy(store => store.Path == SqliteKeys.FileName ? 0 : 1);

    public SqliteSnapshot Log => Find(SqliteEventLog.FileName);

    public SqliteSnapshot Keys => Find(SqliteKeys.FileName);

    /// <summary>Every embedded store in a folder, as paths below it.</summary>
    public static IReadOnlyList<string> PathsIn(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.db", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal),
    ];

    public static Snapshots Take(string folder)
    {
        while (true)
        {
            var taken = new Snapshots(folder);
            try
            {
                if (taken.TryHoldAll()) return taken;
                taken.Dispose();
            }
            catch
            {
                taken.Dispose();
                throw;
            }
        }
    }

    public void Release(string path)
    {
        var at = _stores.FindIndex(store => store.Path == path);
        _stores[at].Snapshot.Dispose();
        _stores.RemoveAt(at);
    }

    public void Dispose()
    {
        foreach (var (_, snapshot) in _stores) snapshot.Dispose();
        _stores.Clear();
    }

    private bool TryHoldAll()
    {
        var followers = Followers();
        try
        {
            foreach (var path in followers) Hold(path);
        }
        catch (EventLogException) when (!Followers().SequenceEqual(followers))
        {
            return false; // a read model was replaced by a newer one
        }

        var forgotten = ForgottenSoFar();
        Hold(SqliteEventLog.FileName);
        Hold(SqliteKeys.FileName);

        // If a user was forgotten between the two copies, the backup has neither their key nor the event of the erasure.
        return Followers().SequenceEqual(followers) && Keys.Number(Forgotten) == forgotten;
    }

    private long ForgottenSoFar()
    {
        using var keys = SqliteSnapshot.Of(Path.Combine(Folder, SqliteKeys.FileName));
        return keys.Number(Forgotten);
    }

    private List<string> Followers() => [.. PathsIn(Folder).Where(path => path is not (SqliteEventLog.FileName or SqliteKeys.FileName))];

    private void Hold(string path) => _stores.Add((path, SqliteSnapshot.Of(Path.Combine(Folder, path))));

    private SqliteSnapshot Find(string path) => _stores.Single(store => store.Path == path).Snapshot;
}
