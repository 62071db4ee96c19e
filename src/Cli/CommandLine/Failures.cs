using System.Net.Sockets;
using Cqrs.Api.Configuration;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cqrs.Cli.CommandLine;

/// <summary>Converts an exception that ends a verb to an exit code and a line that says what to do next.</summary>
internal static class Failures
{
    private const string RunAsServer = "Run it as the user that the server runs as.";

    /// <returns>The exit code, and the message; null for no message.</returns>
    public static (int ExitCode, string? Message) Of(Exception failure) => failure switch
    {
        OperationCanceledException => (ExitCodes.Interrupted, null),
        CliException e => (e.ExitCode, e.Message),
        OutputLostException e => (ExitCodes.Io, e.Message),
        ConfigurationException e => (ExitCodes.Config, string.Join(' ', e.Faults)),
        EventLogException { Code: EventLogErrors.NotWritable } or UnauthorizedAccessException
            or PersonalDataException { InnerException: SqliteException { SqliteErrorCode: raw.SQLITE_READONLY } } => (
            ExitCodes.NoPermission, $"{failure.Message} {RunAsServer}"),
        EventLogException { Code: EventLogErrors.Corrupt } => (ExitCodes.Damaged, failure.Message),
        EventFormatException => (ExitCodes.BadEvent, $"{failure.Message} cqrs events replay shows the event; a newer cqrs may know it."),
        EventLogException or PersonalDataException or IOException or SqliteException => (ExitCodes.Io, failure.Message),
        HttpRequestException or SocketException or TimeoutException => (ExitCodes.Unavailable, failure.Message),
        AggregateException { InnerExceptions.Count: 1, InnerException: { } inner } => Of(inner),
        _ => (ExitCodes.Internal, Internal(failure)),
    };

    /// <summary>The message on one line.</summary>
    public static string OneLine(string message) => string.Join(' ', message.Split('\r', '\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    // A stack trace says nothing to a user; where it happened is what a developer needs first.
    private static string Internal(Exception failure) =>
        $"An unexpected error, which is a fault of this program: {failure.GetType().Name} in {failure.TargetSite?.DeclaringType?.FullName}.{failure.TargetSite?.Name}: {failure.Message} Please report this line.";
}
