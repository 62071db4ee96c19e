using Cqrs.Bench.Append;
using Cqrs.Bench.Http;

switch (args)
{
    case ["append"]:
        await AppendBenchmark.RunAsync();
        return 0;
    case ["http"]:
        await HttpBenchmark.RunAsync();
        return 0;
    case ["empty-server", var urls]:
        await EmptyServer.RunAsync(urls);
        return 0;
    default:
        Console.WriteLine("usage: bench append|http");
        Console.WriteLine("  append   appends per second to the embedded log, beside what the disk allows");
        Console.WriteLine("  http     durable commands per second over HTTP, beside an empty POST");
        return 64;
}
