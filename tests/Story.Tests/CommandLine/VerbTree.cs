using System.CommandLine;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>All verbs of <c>cqrs</c>, found in its command tree: a verb that is added later is among them.</summary>
internal static class VerbTree
{
    /// <summary>The names of every verb that does something, such as <c>events replay</c>, with the verb.</summary>
    public static IEnumerable<(string Path, Command Verb)> Leaves() => Commands().Where(command => command.Verb.Subcommands.Count == 0);

    /// <summary>The root (an empty path), the groups and the verbs.</summary>
    public static IEnumerable<(string Path, Command Verb)> Commands() =>
        Below("", CqrsCommand.Make(TextWriter.Null, TextWriter.Null, width: null));

    /// <summary>Options that take a value: those of the verb, and those that every verb has.</summary>
    public static IEnumerable<Option> OptionsWithValue(Command verb) => verb.Options
        .Concat(CqrsCommand.Make(TextWriter.Null, TextWriter.Null, width: null).Options.Where(option => option.Recursive))
        .Where(option => option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0);

    /// <summary>A command line with a value for each argument and each option that the verb requires.</summary>
    public static IEnumerable<string> Line(string path, Command verb, string text, Option? without = null)
    {
        foreach (var word in path.Split(' ', StringSplitOptions.RemoveEmptyEntries)) yield return word;
        foreach (var argument in verb.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0)) yield return ValueOf(argument.ValueType, text);
        foreach (var option in verb.Options.Where(option => option.Required && option != without))
        {
            yield return option.Name;
            yield return ValueOf(option.ValueType, text);
        }
    }

    /// <summary>Whether a value of this type can be any text.</summary>
    public static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]);

    private static string ValueOf(Type type, string text) => IsText(type) ? text
        : (Nullable.GetUnderlyingType(type) ?? type) == typeof(Guid) ? "95979f74-c436-4f81-92f8-f76d1305e808"
        : text;

    private static IEnumerable<(string Path, Command Verb)> Below(string path, Command command)
    {
        yield return (path, command);
        foreach (var verb in command.Subcommands)
        {
            foreach (var below in Below($"{path} {verb.Name}".TrimStart(), verb)) yield return below;
        }
    }
}
