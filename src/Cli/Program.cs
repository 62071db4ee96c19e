using System.Text;
using Cqrs.Cli.CommandLine;

var width = Console.IsOutputRedirected ? (int?)null : Math.Max(40, Console.WindowWidth);
await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024);
try
{
    return await CqrsCommand.RunAsync(args, output, Console.Error, width, isErrorTerminal: !Console.IsErrorRedirected);
}
catch (IOException) when (Console.IsOutputRedirected)
{
    // Whoever read our output has had enough, as "head" does.
    return ExitCodes.Ok;
}
