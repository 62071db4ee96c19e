using Cqrs.Bench.Append;

switch (args.FirstOrDefault())
{
    case "append":
        await AppendBenchmark.RunAsync();
        return 0;
    default:
        Console.WriteLine("usage: bench append");
        Console.WriteLine("  append   appends per second to the embedded log, beside what the disk allows");
        return 64;
}
