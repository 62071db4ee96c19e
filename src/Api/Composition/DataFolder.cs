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
    /// <summary>Opens what lies there before anything is served, so that what is wrong with it is said in one line.</summary>
    /// <exception cref="DataFolderException">The folder, or something in it, cannot be used.</exception>
    public static void Open(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IEventLog>();
            services.GetRequiredService<ISubjectKeys>();

            // Made by a request it would wait for the disk inside the lock of the container. Everybody who came meanwhile
            // would take a thread and queue for that lock, and the end of the waiting would find no thread for itself.
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
}

/// <summary>The data folder cannot be used; the message says why, for the operator.</summary>
public sealed class DataFolderException(string message, Exception inner) : Exception(message, inner);
