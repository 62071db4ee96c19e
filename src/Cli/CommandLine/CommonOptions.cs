using System.CommandLine;
using System.CommandLine.Parsing;
using Cqrs.Cli.Output;

namespace Cqrs.Cli.CommandLine;

/// <summary>The options that every verb has, and the outputs that it is given.</summary>
/// <param name="width">Of the terminal; null where standard output is none.</param>
/// <param name="isErrorTerminal">Whether standard error is a terminal.</param>
/// <param name="hasColours">Whether standard output is a terminal that shows colours.</param>
/// <param name="input">Answers to questions; null where no user can answer.</param>
internal sealed class CommonOptions(
    TextWriter standardOutput, TextWriter standardError, int? width, bool isErrorTerminal, bool hasColours, TextReader? input)
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Data folder of the server; as configured (CQRS_Data, appsettings.json) if left out",
        Recursive = true,
        HelpName = "folder",
    };

    private readonly Option<Format> _format = new("--format")
    {
        Description = "table for people; json, jsonl or csv for programs",
        Recursive = true,
        HelpName = "table|json|jsonl|csv",
        DefaultValueFactory = _ => Format.Table,
    };

    private readonly Option<bool> _rawCells = new("--raw-cells")
    {
        Description = "CSV for programs: no ' before texts that a spreadsheet takes for formulas",
        Recursive = true,
    };

    private readonly Option<string[]?> _columns = new("--columns")
    {
        Description = "Only these columns, in this order: id,stream,type",
        Recursive = true,
        HelpName = "names",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = ParseColumns,
    };

    private readonly Option<bool> _wide = new("--wide")
    {
        Description = "Whole lines, also where they are longer than the terminal is wide",
        Recursive = true,
    };

    public void AddTo(Command root)
    {
        root.Options.Add(_data);
        root.Options.Add(_format);
        root.Options.Add(_rawCells);
        root.Options.Add(_columns);
        root.Options.Add(_wide);
    }

    /// <summary>Runs a verb on the configured stores; data go to standard output, all else to standard error.</summary>
    /// <param name="mayBeNew">A folder without a log gets one; else that is an error.</param>
    /// <param name="settings">What options of the verb set, over the configuration.</param>
    /// <returns><see cref="ExitCodes.Ok"/>; failures are exceptions, which <see cref="Failures"/> turns into exit codes.</returns>
    public Task<int> RunAsync(
        ParseResult parsed, Func<Stores, CommandOutput, Task> run, bool mayBeNew = false, params KeyValuePair<string, string?>[] settings) =>
        RunAsync(parsed, async (data, output) =>
        {
            using var upgrade = output.Progress("events of the log upgraded");
            await using var stores = Stores.Open(data, mayBeNew, (done, all) => upgrade.Report(done, (double)done / all), settings);
            await run(stores, output);
        });

    /// <summary>Runs a verb that opens, or makes, what it needs itself; it is given the folder, if one is named.</summary>
    /// <returns><see cref="ExitCodes.Ok"/>; failures are exceptions, which <see cref="Failures"/> turns into exit codes.</returns>
    public async Task<int> RunAsync(ParseResult parsed, Func<string?, CommandOutput, Task> run)
    {
        await run(parsed.GetValue(_data), new(standardOutput, standardError, parsed.GetValue(_format), parsed.GetValue(_wide) ? null : width)
        {
            IsWatched = isErrorTerminal,
            IsTerminal = width is not null,
            HasColours = hasColours,
            Columns = parsed.GetValue(_columns) is { Length: > 0 } columns ? columns : null,
            Input = input,
            RawCells = parsed.GetValue(_rawCells),
        });
        return ExitCodes.Ok;
    }

    private static string[]? ParseColumns(ArgumentResult result)
    {
        var names = result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
        if (names.Length > 0) return names;
        result.AddError("--columns names no column. For example --columns id,stream,type.");
        return null;
    }
}
