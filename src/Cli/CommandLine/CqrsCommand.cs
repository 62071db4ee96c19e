using System.CommandLine;
using System.CommandLine.Help;
using Cqrs.Cli.Backups;
using Cqrs.Cli.Bus;
using Cqrs.Cli.Copying;
using Cqrs.Cli.Doctor;
using Cqrs.Cli.Events;
using Cqrs.Cli.Export;
using Cqrs.Cli.Followers;
using Cqrs.Cli.Gateway;
using Cqrs.Cli.Keys;
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
    /// <param name="output">Data.</param>
    /// <param name="error">Everything else.</param>
    /// <param name="width">Width of the terminal; null when the output goes elsewhere.</param>
    /// <param name="isErrorTerminal">Whether somebody watches <paramref name="error"/>.</param>
    /// <param name="hasColours">Whether what shows <paramref name="output"/> knows colours.</param>
    /// <param name="input">Where questions are answered; null where nobody is there.</param>
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
            BackupCommand.Make(common),
            RestoreCommand.Make(common),
            DoctorCommand.Make(common),
            GatewayCommand.Make(common),
        };
        common.AddTo(root);
        return root;
    }

    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, int? width, CancellationToken cancel = default, bool isErrorTerminal = false,
        bool hasColours = false, TextReader? input = null)
    {
        var parsed = Make(output, error, width, isErrorTerminal, hasColours, input).Parse(args);
        if (parsed.Errors.Count == 0)
            return parsed.InvokeAsync(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancel);

        foreach (var fault in parsed.Errors) error.WriteLine($"cqrs: {fault.Message}");
        error.WriteLine("Options and examples: add --help.");
        return Task.FromResult(ExitCodes.Usage);
    }
}
