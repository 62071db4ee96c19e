using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Cqrs.Cli.CommandLine;

/// <summary>Help that lists verbs with one sentence each; all that is said of one, with its examples, stands in its own help.</summary>
internal sealed class HelpInShort(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var listed = parseResult.CommandResult.Command.Subcommands.Select(command => (command, command.Description)).ToList();
        foreach (var (command, description) in listed) command.Description = FirstSentence(description);
        try
        {
            return help.Invoke(parseResult);
        }
        finally
        {
            foreach (var (command, description) in listed) command.Description = description;
        }
    }

    private static string? FirstSentence(string? text)
    {
        if (text is null) return null;
        var end = text.AsSpan().IndexOfAny("\r\n.");
        return end < 0 ? text : text[..end];
    }
}
