using Cqrs.Api.Configuration;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Messaging.Videos;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Outbox;
using Cqrs.Projections.Engine;
using Microsoft.Data.Sqlite;

namespace Cqrs.Api.Composition;

/// <summary>The folder of everything embedded.</summary>
internal static class DataFolder
{
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(3);

    /// <summary>Opens what lies there before anything is served, so that what is wrong with it is said in one line.</summary>
    /// <exception cref="DataFolderException">The folder, or something in it, cannot be used.</exception>
    public static void Open(IServiceProvider services)
    {
        try
        {
            var log = services.GetRequiredService<IEventLog>();
            CheckKeys(log, services.GetRequiredService<Settings>());
            services.GetRequiredService<ISubjectKeys>();

            // A request that made it would wait for the disk inside the lock of the container. Concurrent requests would
            // block the threads of the pool on that lock, and the completion of the wait would find no thread.
            services.GetRequiredService<TokenKeys>();
            services.GetRequiredService<SqliteOutbox>();
            services.GetService<SqliteDeliveries>();
            services.GetService<SqliteDevices>();
            services.GetRequiredService<IMailboxes>();
            services.GetRequiredService<IVideoStore>();
            services.GetServices<IProjection>();
        }
        catch (Exception e) when (e is EventLogException or PersonalDataException or SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException($"cqrs cannot use its data folder {services.GetRequiredService<Settings>().Data}: {e.Message}", e);
        }
    }

    /// <summary>Refuses keys that are missing or are not those of the log, before new ones are made.</summary>
    private static void CheckKeys(IEventLog log, Settings settings)
    {
        try
        {
            if (FaultOf(log, settings) is { } fault) throw fault;
        }
        catch (Exception e) when (e is EventLogException or OperationCanceledException)
        {
            // The log cannot be read. Health says so for each part that follows it, and the start goes on.
        }
    }

    private static PersonalDataException? FaultOf(IEventLog log, Settings settings)
    {
        if (settings.EventStore is null) return SealedLogCheck.Fault(settings.Data);

        // A log on a server is read only when there are no keys: a server that is down must not delay every start.
        if (SealedLogCheck.HasKeys(settings.Data)) return null;
        using var patience = new CancellationTokenSource(ServerPatience);
        return Task.Run(() => SealedLogCheck.FaultAsync(log, settings.Data, patience.Token)).WaitAsync(patience.Token).GetAwaiter().GetResult();
    }
}

/// <summary>The data folder cannot be used; the message says why, for the operator.</summary>
public sealed class DataFolderException(string message, Exception inner) : Exception(message, inner);
