// A process that appends to a log, for tests that kill it or run it beside another.
//   load  <folder> <writers>          appends to new streams until killed; a line for each answered append
//   count <folder> <stream> <events>  appends one event at a time to one stream, then ends
//   upgrade <folder> <step>           opens a log of an earlier version and kills itself (SIGKILL) at the step
// Lines: <stream> <version> <position> <event id>
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

var options = new SqliteEventLogOptions
{
    OnUpgradeStep = step =>
    {
        if (args[0] != "upgrade" || step != args[2]) return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    },
};
await using var log = SqliteEventLog.Open(args[1], options: options);
var output = new Lock();
switch (args[0])
{
    case "load":
        await Task.WhenAll(Enumerable.Range(0, int.Parse(args[2])).Select(writer => Task.Run(() => LoadAsync(writer))));
        return 0;
    case "count":
        for (var i = 0; i < int.Parse(args[3]); i++)
        {
            var e = Event($"{Environment.ProcessId}/{i}");
            Say(args[2], await log.AppendAsync(args[2], ExpectedVersion.Any, [e]), e.Id);
        }

        return 0;
    default:
        return 64;
}

async Task LoadAsync(int writer)
{
    for (var n = 0; ; n++)
    {
        var stream = $"load-{writer}-{n / 3}";
        var e = Event($"{stream}/{n}");
        Say(stream, await log.AppendAsync(stream, ExpectedVersion.Exactly((n % 3) - 1), [e]), e.Id);
    }
}

void Say(string stream, Appended appended, Guid id)
{
    lock (output)
    {
        Console.Out.WriteLine($"{stream} {appended.LastVersion} {appended.Position} {id}");
        Console.Out.Flush();
    }
}

static EventToAppend Event(string name) => new(
    new Guid(MD5.HashData(Encoding.UTF8.GetBytes(name))), "load.v1", new byte[300], Array.Empty<byte>());
