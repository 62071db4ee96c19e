using System.Globalization;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Doctor;

/// <summary>The server of the log, where the log is not embedded: is it reached, and where does the log end?</summary>
internal static class EventStoreDbCheck
{
    private const string Next = "Start the server, or correct EventStore. For example EventStore=esdb://user:password@host:2113?tls=false.";

    /// <summary>How long the server may take to answer; the client itself would retry for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="told">Called with the end of the log, once it is known.</param>
    public static Check Of(EsdbSettings settings, Action<long> told) =>
        new("log", 2 * Patience, cancel => ExamineAsync(settings, told, cancel));

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(EsdbSettings settings, Action<long> told, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        if (settings.Ignored.Count > 0)
        {
            findings.Add(Finding.Look(
                "setting EventStore", $"its options {string.Join(", ", settings.Ignored)} are not known and are ignored", "Correct their names, or remove them."));
        }

        var log = new EsdbEventLog(settings with { Deadline = Patience });
        try
        {
            // The head first: unlike a read of events it keeps the deadline, and its failure says why.
            var head = (await log.HeadAsync(cancel)).Value;
            var newest = await log.ReadAllAsync(LogPosition.End, 1, direction: ReadDirection.Backwards, cancel: cancel);
            told(head);
            findings.Add(Finding.Ok("log", string.Create(CultureInfo.InvariantCulture, $"EventStoreDB at {settings}, head {head:N0}")));
            if (newest.Events is [var last]) findings.Add(StoreChecks.Clock(last.Created, "Set this clock, or the server's, right (a time service does)."));
        }
        catch (EventLogException e)
        {
            findings.Add(Finding.Fault("log", $"{e.Message} ({e.Code})", Next));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            findings.Add(Finding.Fault("log", $"{settings} stopped answering", Next));
        }
        finally
        {
            await log.DisposeAsync();
        }

        return findings;
    }
}
