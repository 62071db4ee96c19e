using System.CommandLine;
using Cqrs.Api.Configuration;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Microsoft.Data.Sqlite;

namespace Cqrs.Cli.CommandLine;

/// <summary>What every verb takes, and what is told when it fails.</summary>
/// <param name="isErrorTerminal">Whether somebody watches standard error.</param>
/// <param name="hasColours">Whether what shows standard output knows colours.</param>
/// <param name="input">Where questions are answered; null where nobody is there.</param>
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

    public void AddTo(Command root)
    {
        root.Options.Add(_data);
        root.Options.Add(_format);
        root.Options.Add(_rawCells);
    }

    /// <summary>Runs a verb on the configured stores; data go to standard output, all else to standard error.</summary>
    /// <param name="mayBeNew">A folder without a log gets one; else that is an error.</param>
    /// <param name="settings">What options of the verb set, over the configuration.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public Task<int> RunAsync(
        ParseResult parsed, Func<Stores, CommandOutput, Task> run, bool mayBeNew = false, params KeyValuePair<string, string?>[] settings) =>
        RunAsync(parsed, async (data, output) =>
        {
            using var upgrade = output.Progress("events of the log upgraded");
            await using var stores = Stores.Open(data, mayBeNew, (done, all) => upgrade.Report(done, (double)done / all), settings);
            await run(stores, output);
        });

    /// <summary>Runs a verb that opens, or makes, what it needs itself; it is given the folder, if one is named.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(ParseResult parsed, Func<string?, CommandOutput, Task> run)
    {
        try
        {
            await run(parsed.GetValue(_data), new(standardOutput, standardError, parsed.GetValue(_format), width)
            {
                IsWatched = isErrorTerminal,
                HasColours = hasColours,
                Input = input,
                RawCells = parsed.GetValue(_rawCells),
            });
            return ExitCodes.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (CliException e)
        {
            return await FailAsync(e.Message, e.ExitCode);
        }
        catch (ConfigurationException e)
        {
            return await FailAsync(string.Join(Environment.NewLine, e.Faults), ExitCodes.Config);
        }
        catch (EventLogException e) when (e.Code == EventLogErrors.Corrupt)
        {
            return await FailAsync(e.Message, ExitCodes.Damaged);
        }
        catch (Exception e) when (e is EventLogException { Code: EventLogErrors.NotWritable } or UnauthorizedAccessException)
        {
            return await FailAsync($"{e.Message} Run it as the user that the server runs as.", ExitCodes.NoPermission);
        }
        catch (Exception e) when (e is EventLogException or PersonalDataException or IOException or SqliteException)
        {
            return await FailAsync(e.Message, ExitCodes.Io);
        }
    }

    private async Task<int> FailAsync(string message, int exitCode)
    {
        await standardError.WriteLineAsync($"cqrs: {message}");
        return exitCode;
    }
}

/// <summary>Where a verb writes its rows, and how; and where it says everything else.</summary>
/// <param name="Width">Of the terminal; null when the output goes elsewhere.</param>
internal sealed record CommandOutput(TextWriter Writer, TextWriter Messages, Format Format, int? Width)
{
    /// <summary>Whether somebody watches <see cref="Messages"/>.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Whether what shows <see cref="Writer"/> knows colours.</summary>
    public bool HasColours { get; init; }

    public ProgressLine Progress(string unit, TimeProvider? clock = null) => new(Messages, IsWatched, unit, clock ?? TimeProvider.System);

    /// <summary>Of work along the log.</summary>
    public LogProgress Progress(LogPosition from, LogPosition to, TimeProvider clock) => new(Progress("events", clock), from, to);

    /// <summary>Where questions are answered; null where nobody is there.</summary>
    public TextReader? Input { get; init; }

    /// <summary>Asks before something is done that cannot be undone.</summary>
    /// <exception cref="CliException">The answer is not yes, or nobody is there to give one.</exception>
    public async Task ConfirmAsync(string question, CancellationToken cancel)
    {
        if (Input is null) throw new CliException(ExitCodes.Usage, $"{question} Nobody is there to answer; add --yes.");
        await Messages.WriteAsync($"{question} [y/N] ");
        var answer = (await Input.ReadLineAsync(cancel))?.Trim();
        if (!string.Equals(answer, "y", StringComparison.OrdinalIgnoreCase) && !string.Equals(answer, "yes", StringComparison.OrdinalIgnoreCase))
            throw new OperationCanceledException("The answer was no.");
    }

    /// <summary>CSV cells are written as they are, also those that a spreadsheet takes for formulas.</summary>
    public bool RawCells { get; init; }

    public IRowWriter Rows() => RowWriters.Of(Format, Writer, Width, RawCells);
}
