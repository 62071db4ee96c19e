using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>SQLite's own examination of a file: its pages, its tables, its indexes. It does not know what the contents were.</summary>
public static class PageCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Examines all of the file as it is now, beside processes that write to it.</summary>
    /// <param name="onTick">Called often while it takes.</param>
    /// <returns>SQLite's words for the first fault; null when there is none.</returns>
    public static string? Run(string path, Action? onTick, CancellationToken cancel)
    {
        try
        {
            using var connection = SqliteConnectionHandle.Open(path, Patience, create: false);
            connection.Execute("PRAGMA query_only = 1");
            connection.OnProgress(() =>
            {
                onTick?.Invoke();
                return cancel.IsCancellationRequested;
            });
            using var check = connection.Prepare("PRAGMA integrity_check(1)");
            var words = check.Step() ? check.Text(0) : "it gave no answer";
            cancel.ThrowIfCancellationRequested();
            return words == "ok" ? null : words.ReplaceLineEndings(" ").Trim();
        }
        catch (EventLogException) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel);
        }
        catch (EventLogException e) when (e.Code is EventLogErrors.Corrupt or EventLogErrors.NotALog)
        {
            return e.Code == EventLogErrors.NotALog ? "it is no database" : "its pages cannot be read";
        }
    }
}
