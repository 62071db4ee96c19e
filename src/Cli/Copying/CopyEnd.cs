using Cqrs.Cli.CommandLine;
using Cqrs.EventStore.Copying;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Copying;

/// <summary>One end of a copy: a data folder, or a server of EventStoreDB.</summary>
internal sealed class CopyEnd : IAsyncDisposable
{
    private readonly IAsyncDisposable _log;
    private readonly string _place;

    private CopyEnd(IEventLog log, IAsyncDisposable disposable, string place, bool keepsTimes) =>
        (Log, _log, _place, KeepsTimes) = (log, disposable, place, keepsTimes);

    public IEventLog Log { get; }

    /// <summary>Whether this log can keep the time of an event that carries none in its metadata.</summary>
    public bool KeepsTimes { get; }

    public static CopyEnd OpenSource(string text)
    {
        if (Server(text, new()) is { } server) return server;
        if (!File.Exists(Path.Combine(text, SqliteEventLog.FileName)))
            throw new CliException(ExitCodes.NoInput, $"There is no log in {text}. Name the data folder of a server, or a connection string such as esdb://localhost:2113?tls=false.");
        return Folder(text, new());
    }

    public static CopyEnd OpenTarget(string text, CopiedTimes times) =>
        Server(text, new()) ?? Folder(text, new() { TakenAt = times.Of });

    public bool IsSameAs(CopyEnd other) => _place == other._place;

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private static CopyEnd? Server(string text, EsdbOptions options)
    {
        if (!ConnectionString.IsOne(text)) return null;
        try
        {
            var settings = ConnectionString.Parse(text);
            var log = new EsdbEventLog(settings, options);
            return new(log, log, settings.ToString(), keepsTimes: false);
        }
        catch (FormatException e)
        {
            // The string is not repeated: it may hold a password.
            throw new CliException(ExitCodes.Usage, $"A connection string cannot be used: {e.Message}");
        }
    }

    private static CopyEnd Folder(string path, SqliteEventLogOptions options)
    {
        var folder = Path.GetFullPath(path);
        var log = SqliteEventLog.Open(folder, options: options);
        return new(log, log, folder, keepsTimes: true);
    }
}
