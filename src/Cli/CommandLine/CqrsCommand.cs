using System.CommandLine;
using System.CommandLine.Help;
using Cqrs.Cli.Backups;
using Cqrs.Cli.Bus;
using Cqrs.Cli.Checking;
using Cqrs.Cli.Copying;
using Cqrs.Cli.Doctor;
using Cqrs.Cli.Events;
using Cqrs.Cli.Export;
using Cqrs.Cli.Followers;
using Cqrs.Cli.Gateway;
using Cqrs.Cli.Keys;
using Cqrs.Cli.Output;
using Cqrs.Cli.Projections;
using Cqrs.Cli.Report;
using Cqrs.Cli.Simulation;
using Cqrs.Cli.Sql;
using Cqrs.Cli.State;
using Cqrs.Cli.Trace;
using Cqrs.Cli.Users;

namespace Cqrs.Cli.CommandLine;

/// <summary>The tree of verbs.</summary>
internal static class CqrsCommand
{
    /// <param name="output">Standard output: data.</param>
    /// <param name="error">Standard error: everything else.</param>
    /// <param name="width">Width of the terminal; null when the output goes elsewhere.</param>
    /// <param name="isErrorTerminal">Whether <paramref name="error"/> is a terminal.</param>
    /// <param name="hasColours">Whether <paramref name="output"/> is a terminal that shows colours.</param>
    /// <param name="input">Answers to questions; null where no user can answer.</param>
    public static Command Make(
        TextWriter output, TextWriter error, int? width, bool isErrorTerminal = false, bool hasColours = false, TextReader? input = null)
    {
        var common = new CommonOptions(output, error, width, isErrorTerminal, hasColours, input);
        var root = new Command("cqrs", "For analysts, developers and operators; safe beside a running server.")
        {
            new HelpOption { Recursive = true, Action = new HelpInShort(new HelpAction()) },
            new VersionOption(),
            new Command("events", "What happened") { ReplayCommand.Make(common), ExportCommand.Make(common), CopyCommand.Make(common) },
            StateCommand.Make(common),
            SqlCommand.Make(common),
            TraceCommand.Make(common),
            new Command("report", "What came of it") { InvitesCommand.Make(common) },
            ProjectionsCommand.Make(common),
            FollowersCommand.Make(common),
            SimulateCommand.Make(common),
            ForgetCommand.Users(common),
            BusCommand.Make(common),
            RotateCommand.Keys(common),
            LogCommand.Log(common),
            BackupCommand.Make(common),
            RestoreCommand.Make(common),
            DoctorCommand.Make(common),
            GatewayCommand.Make(common),
        };
        common.AddTo(root);
        LineCheck.AddTo(root);
        return root;
    }

    /// <summary>
    /// Runs a command line. Every failure, of any verb, ends here: with an exit code and one line on standard error, and
    /// never with success because an output could not be written.
    /// </summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, int? width, CancellationToken cancel = default, bool isErrorTerminal = false,
        bool hasColours = false, TextReader? input = null)
    {
        await using var data = new DataWriter(output);
        await using var messages = new MessageWriter(error);
        var exitCode = await InvokeAsync(
            LineCheck.WithoutLineEnds(args), Make(data, messages, width, isErrorTerminal, hasColours, input), data, messages, cancel);

        // The work is done, but a message about it could not be written.
        return exitCode == ExitCodes.Ok && messages.Failure is not null ? ExitCodes.Io : exitCode;
    }

    private static async Task<int> InvokeAsync(
        string[] args, Command root, DataWriter data, MessageWriter messages, CancellationToken cancel)
    {
        try
        {
            var parsed = root.Parse(args);
            if (parsed.Errors.Count > 0) throw new CliException(ExitCodes.Usage, LineCheck.Faults(parsed));
            var exitCode = await parsed.InvokeAsync(new() { Output = data, Error = messages, EnableDefaultExceptionHandler = false }, cancel);
            await data.FlushAsync(CancellationToken.None);
            return exitCode;
        }
        catch (Exception e)
        {
            return await FailAsync(e, data, messages);
        }
    }

    private static async Task<int> FailAsync(Exception failure, DataWriter data, MessageWriter messages)
    {
        var (exitCode, message) = Failures.Of(failure);
        try
        {
            await data.FlushAsync();
        }
        catch (OutputLostException)
        {
            // The failure that came first is the one to report.
        }

        if (message is not null) await messages.WriteLineAsync($"cqrs: {Failures.OneLine(message)}");
        return exitCode;
    }
}
