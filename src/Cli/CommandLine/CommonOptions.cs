using System.CommandLine;
using Cqrs.Api.Configuration;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Microsoft.Data.Sqlite;

namespace Cqrs.Cli.CommandLine;

/// <summary>What every verb takes, and what is told when it fails.</summary>
/// <param name="isErrorTerminal">Whether somebody watches standard error.</param>
internal sealed class CommonOptions(TextWriter standardOutput, TextWriter standardError, int? width, bool isErrorTerminal)
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
        DefaultValueFactory = _ => Format.Table,
    };

    public void AddTo(Command root)
    {
        root.Options.Add(_data);
        root.Options.Add(_format);
    }

    /// <summary>Runs a verb on the configured stores; data go to standard output, all else to standard error.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(ParseResult parsed, Func<Stores, CommandOutput, Task> run)
    {
        try
        {
            await using var stores = Stores.Open(parsed.GetValue(_data));
            await run(stores, new(standardOutput, parsed.GetValue(_format), width, standardError, isErrorTerminal));
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

/// <summary>Where a verb writes its rows, and how.</summary>
/// <param name="Width">Of the terminal; null when the output goes elsewhere.</param>
/// <param name="Error">For everything that is not data.</param>
internal sealed record CommandOutput(TextWriter Writer, Format Format, int? Width, TextWriter Error, bool IsErrorTerminal)
{
    public ProgressLine Progress(LogPosition from, LogPosition to, TimeProvider clock) => new(Error, IsErrorTerminal, from, to, clock);

    public IRowWriter Rows() => RowWriters.Of(Format, Writer, Width);
}
