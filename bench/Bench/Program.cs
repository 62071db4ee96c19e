using Cqrs.Bench.Append;
using Cqrs.Bench.Esdb;
using Cqrs.Bench.Http;
using Cqrs.Bench.Poll;
using Cqrs.Bench.Rebuild;
using Cqrs.Bench.Tokens;

switch (args)
{
    case ["append"]:
        await AppendBenchmark.RunAsync();
        return 0;
    case ["esdb"]:
        await EsdbBenchmark.RunAsync();
        return 0;
    case ["http"]:
        RawClient.SleepWhenIdle();
        await HttpBenchmark.RunAsync();
        return 0;
    case ["poll"]:
        RawClient.SleepWhenIdle();
        await PollBenchmark.RunAsync();
        return 0;
    case ["rebuild"]:
        await RebuildBenchmark.RunAsync();
        return 0;
    case ["tokens"]:
        TokensBenchmark.Run();
        return 0;
    case ["empty-server", var urls]:
        await EmptyServer.RunAsync(urls);
        return 0;
    default:
        Console.WriteLine("usage: bench append|esdb|http|poll|rebuild|tokens");
        Console.WriteLine("  append   appends per second to the embedded log, beside what the disk allows");
        Console.WriteLine("  esdb     appends and reads through EventStoreDB's protocol, beside the same engine in process");
        Console.WriteLine("  http     durable commands per second over HTTP, beside an empty POST");
        Console.WriteLine("  poll     polls of mailboxes over HTTP, beside an empty GET, and beside commands");
        Console.WriteLine("  rebuild  read models rebuilt from a million events, beside reading and decoding them");
        Console.WriteLine("  tokens   checking auth tokens and tickets, beside HMAC alone and JWT");
        return 64;
}
