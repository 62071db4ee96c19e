using Cqrs.Cli.CommandLine;
using Spectre.Console;

namespace Cqrs.Cli.Output;

/// <summary>Trees and charts on a terminal; plain text, as wide as it needs, everywhere else.</summary>
internal static class Terminal
{
    /// <summary>Width of output that goes to no terminal: wider than any line, so nothing is wrapped.</summary>
    public const int Unwrapped = 4_000;

    public static IAnsiConsole On(CommandOutput output)
    {
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(output.Writer),
            Ansi = output.HasColours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = output.HasColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = output.Width ?? Unwrapped;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
