using System.Text;
using Cqrs.Cli.CommandLine;

var width = Console.IsOutputRedirected ? (int?)null : Math.Max(40, Console.WindowWidth);
var hasColours = width is not null && Environment.GetEnvironmentVariable("NO_COLOR") is null && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

// Not disposed of: what could be written was flushed, and what a full device did not take would fail once more here.
var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024);
return await CqrsCommand.RunAsync(args, output, Console.Error, width, isErrorTerminal: !Console.IsErrorRedirected, hasColours: hasColours,
    input: Console.IsInputRedirected ? null : Console.In);
