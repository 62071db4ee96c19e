using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Microsoft.Data.Sqlite;

namespace Cqrs.Projections.Engine;

/// <summary>The text of a failure for logs, health and <c>cqrs projections list</c>.</summary>
internal static class FailureText
{
    /// <summary>
    /// Returns the message of an error that is known to repeat no stored value; null for all others, because their messages
    /// may contain personal data.
    /// </summary>
    /// <remarks>SQLite names tables, columns and constraints in its messages, and never the values of parameters.</remarks>
    public static string? Of(Exception error) => error switch
    {
        EventFormatException or PersonalDataException or EventLogException or SqliteException => error.Message,
        _ => null,
    };
}
