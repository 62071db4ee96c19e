using System.Text;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Tour;

/// <summary>Shows the newest events of the embedded log, beside the server that writes it.</summary>
internal static class EventPrinter
{
    public static async Task PrintAsync(string data, int count)
    {
        await using var log = SqliteEventLog.Open(data);
        var page = await log.ReadAllAsync(LogPosition.End, count, direction: ReadDirection.Backwards);
        foreach (var recorded in page.Events.Reverse())
        {
            Console.WriteLine($"{recorded.Position,5}  {recorded.Created:HH:mm:ss.fff}  {recorded.Stream}@{recorded.Version}  {recorded.Type}");
            Console.WriteLine($"       {Shorten(Encoding.UTF8.GetString(recorded.Data.Span))}");
        }
    }

    private static string Shorten(string json) => json.Length <= 230 ? json : json[..229] + "…";
}
