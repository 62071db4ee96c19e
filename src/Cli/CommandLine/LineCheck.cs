using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Cqrs.Cli.CommandLine;

/// <summary>
/// What holds for the options and arguments of every verb, also of those that are added later: an empty value is refused,
/// and a value that cannot be converted is named in plain words.
/// </summary>
internal static class LineCheck
{
    /// <summary>Adds the checks to all verbs of the tree. To be called when the tree is complete.</summary>
    public static void AddTo(Command root)
    {
        foreach (var argument in root.Arguments)
        {
            Tolerate(argument.Validators);
            argument.Validators.Add(result => Check(result, argument.Name, argument.ValueType));
            argument.Validators.Add(RefuseOptions);
        }

        foreach (var option in root.Options)
        {
            Tolerate(option.Validators);
            if (option.ValueType != typeof(bool)) option.Validators.Add(result => Check(result, option.Name, option.ValueType));
        }

        Tolerate(root.Validators);
        foreach (var verb in root.Subcommands) AddTo(verb);
    }

    /// <summary>
    /// The arguments without the line ends that a value copied from a file or another program may have: no name, number or
    /// path has one at its ends.
    /// </summary>
    public static string[] WithoutLineEnds(string[] args) => [.. args.Select(arg => arg.Trim('\r', '\n'))];

    /// <summary>What is wrong with the command line, on one line, with the verb whose help explains it.</summary>
    public static string Faults(ParseResult parsed) =>
        $"{string.Join(' ', parsed.Errors.Select(Text).Distinct())} Options and examples: {NameOf(parsed.CommandResult)} --help.";

    // Validators are also run where a value could not be converted, and then throw when they ask for it
    // (https://github.com/dotnet/command-line-api/issues/2645). That fault is reported by the parser itself.
    private static void Tolerate<TResult>(IList<Action<TResult>> validators)
        where TResult : SymbolResult
    {
        for (var i = 0; i < validators.Count; i++)
        {
            var validate = validators[i];
            validators[i] = result =>
            {
                try
                {
                    validate(result);
                }
                catch (InvalidOperationException)
                {
                }
            };
        }
    }

    private static void Check(SymbolResult result, string name, Type type)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))) result.AddError($"{name} is empty. Give it a value, or leave it out.");

        // The parser takes numbers for choices, and also such as stand for none.
        else if ((Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } choices && result.Tokens.Any(token => !Enum.GetNames(choices).Contains(token.Value.Trim(), StringComparer.OrdinalIgnoreCase)))
            result.AddError(Text(result.Tokens, name, type));
    }

    // The parser takes an option that the verb does not have for the value of an argument.
    private static void RefuseOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Value.StartsWith("--", StringComparison.Ordinal) && token.Value.Length > 2 && !token.Value.Any(char.IsWhiteSpace))
                result.AddError($"Unrecognized option '{token.Value}'.");
        }
    }

    private static string NameOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{NameOf(parent)} {command.Command.Name}" : command.Command.Name;

    private static string Text(ParseError error) => error.SymbolResult switch
    {
        OptionResult option when IsConversion(error) => Text(option.Tokens, option.Option.Name, option.Option.ValueType),
        ArgumentResult argument when IsConversion(error) => argument.Parent is OptionResult option
            ? Text(option.Tokens, option.Option.Name, option.Option.ValueType)
            : Text(argument.Tokens, argument.Argument.Name, argument.Argument.ValueType),
        _ => Failures.OneLine(error.Message),
    };

    // The parser's own text names the .NET type.
    private static bool IsConversion(ParseError error) => error.Message.Contains("as expected type", StringComparison.Ordinal);

    private static string Text(IReadOnlyList<Token> tokens, string name, Type type)
    {
        var value = string.Join(' ', tokens.Select(token => token.Value));
        var expected = Nullable.GetUnderlyingType(type) ?? type;
        var kind = expected == typeof(Guid) ? "an id such as 95979f74-c436-4f81-92f8-f76d1305e808"
            : expected.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(expected).Select(choice => choice.ToLowerInvariant()))}"
            : expected == typeof(int) ? string.Create(CultureInfo.InvariantCulture, $"a whole number up to {int.MaxValue}")
            : expected == typeof(long) ? "a whole number"
            : expected == typeof(double) || expected == typeof(decimal) ? "a number"
            : "such a value";
        return $"'{value}' cannot be used for {name}: it is not {kind}.";
    }
}
