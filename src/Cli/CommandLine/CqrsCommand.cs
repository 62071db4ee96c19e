using System.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Projections;
using Cqrs.Cli.State;

namespace Cqrs.Cli.CommandLine;

/// <summary>The tree of verbs.</summary>
internal static class CqrsCommand
{
    /// <param name="output">Data.</param>
    /// <param name="error">Everything else.</param>
    /// <param name="width">Width of the terminal; null when the output goes elsewhere.</param>
    /// <param name="isErrorTerminal">Whether somebody watches <paramref name="error"/>.</param>
    public static RootCommand Make(TextWriter output, TextWriter error, int? width, bool isErrorTerminal = false)
    {
        var common = new CommonOptions(output, error, width, isErrorTerminal);
        var root = new RootCommand("Replays the log and folds it; safe beside a running server.")
        {
            new Command("events", "What happened") { ReplayCommand.Make(common) },
            StateCommand.Make(common),
            ProjectionsCommand.Make(common),
        };
        common.AddTo(root);
        return root;
    }

    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, int? width, CancellationToken cancel = default, bool isErrorTerminal = false)
    {
        var parsed = Make(output, error, width, isErrorTerminal).Parse(args);
        if (parsed.Errors.Count == 0)
            return parsed.InvokeAsync(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancel);

        foreach (var fault in parsed.Errors) error.WriteLine($"cqrs: {fault.Message}");
        error.WriteLine("Options and examples: add --help.");
        return Task.FromResult(ExitCodes.Usage);
    }
}
