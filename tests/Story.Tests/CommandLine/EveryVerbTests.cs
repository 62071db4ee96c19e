using Cqrs.Cli.CommandLine;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>
/// What holds for every verb and every option, also for those that are added later: a value that cannot be used and a
/// device without room end with an exit code and one line, never with a stack trace.
/// </summary>
public sealed class EveryVerbTests(FixedHistory history) : IClassFixture<FixedHistory>
{
    // What sysexits.h and this program have for failures that the user can do something about.
    private static readonly int[] Expected =
    [
        ExitCodes.Different, ExitCodes.Faults, ExitCodes.Usage, ExitCodes.BadEvent, ExitCodes.NoInput, ExitCodes.Unavailable,
        ExitCodes.CannotCreate, ExitCodes.Io, ExitCodes.Busy, ExitCodes.NoPermission, ExitCodes.Config,
    ];

    // Command lines with output; the other verbs get names that do not exist.
    private static readonly Dictionary<string, string> Working = new(StringComparer.Ordinal)
    {
        ["events replay"] = "events replay",
        ["events export"] = "events export --to {folder}/events.jsonl",
        ["events copy"] = "events copy --from {data} --to {folder}/copy --move {folder}",
        ["state"] = "state user-a0000000-0000-4000-8000-000000000000",
        ["sql"] = "sql --tables",
        ["trace"] = "trace 00000005-0000-7000-8000-000000000000",
        ["simulate"] = "simulate --users 2 --days 5 --data {folder}/simulated",
        ["projections verify"] = "projections verify --all",
        ["projections rebuild"] = "projections rebuild --all",
        ["bus replay"] = "bus replay --all",
        ["backup"] = "backup --to {folder}/backup",
        ["restore"] = "restore --from {backup} --data {folder}/restored",
        ["doctor"] = "doctor --url http://127.0.0.1:1",
        ["gateway"] = "gateway --urls http://127.0.0.1:0",
    };

    // These verbs list faults or changes, and here there are none; or they serve until stopped.
    private static readonly string[] Silent = ["events copy", "projections verify", "gateway"];

    public static TheoryData<string> Verbs => [.. VerbTree.Leaves().Select(leaf => leaf.Path)];

    public static TheoryData<string> Commands => [.. VerbTree.Commands().Select(command => command.Path)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_value_that_is_none_is_refused_in_one_line(string path)
    {
        var verb = VerbTree.Leaves().Single(leaf => leaf.Path == path).Verb;
        foreach (var (option, value) in
            from option in VerbTree.OptionsWithValue(verb)
            from value in VerbTree.IsText(option.ValueType) ? new[] { "", " " }
                : IsChoice(option.ValueType) ? ["", " ", "abc", "-1", "1", "99"]
                : ["", " ", "abc", "-1", "1.5.5", "99999999999999999999999", "03.02.2025"]
            select (option, value))
        {
            var outcome = await RunAsync([.. VerbTree.Line(path, verb, Nowhere, without: option), option.Name, value]);

            // Some numbers may be negative.
            ShouldBeOneLine(outcome, value == "-1" && !IsChoice(option.ValueType) ? Expected : [ExitCodes.Usage], $"{path} {option.Name} '{value}'");
        }

        foreach (var argument in verb.Arguments)
        {
            foreach (var value in VerbTree.IsText(argument.ValueType) ? new[] { "", " " } : ["", " ", "abc", "1.5.5"])
            {
                var others = VerbTree.Line(path, verb, Nowhere).Skip(path.Split(' ').Length + (argument.Arity.MinimumNumberOfValues > 0 ? 1 : 0));
                var outcome = await RunAsync([.. path.Split(' '), value, .. others]);
                ShouldBeOneLine(outcome, [ExitCodes.Usage], $"{path} <{argument.Name}> '{value}'");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_text_that_names_nothing_ends_in_one_line(string path)
    {
        var verb = VerbTree.Leaves().Single(leaf => leaf.Path == path).Verb;
        foreach (var option in VerbTree.OptionsWithValue(verb).Where(option => VerbTree.IsText(option.ValueType)))
        {
            string[] args = [.. VerbTree.Line(path, verb, Nowhere, without: option), option.Name, Nowhere];
            var outcome = await RunAsync(args);
            if (outcome.ExitCode == ExitCodes.Ok) outcome.Error.ShouldNotContain("   at ");
            else ShouldBeOneLine(outcome, Expected, string.Join(' ', args));
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Standard_output_on_a_full_device_is_a_failure(string path)
    {
        using var folder = new DataFolder();
        using var stop = new CancellationTokenSource();
        var writes = 0;
        using var error = new StringWriter();
        var exitCode = await CqrsCommand.RunAsync(
            await WorkingAsync(path, folder), FullDevice.AsOutput(() => writes++), error, width: null, Ended(path, stop));

        if (writes > 0) exitCode.ShouldBe(ExitCodes.Io, error.ToString());
        if (Working.ContainsKey(path) && !Silent.Contains(path)) writes.ShouldBeGreaterThan(0, error.ToString());
        error.ToString().ShouldNotContain("   at ");
        if (writes > 0) error.ToString().Split('\n').Count(line => line.StartsWith("cqrs: Standard output", StringComparison.Ordinal)).ShouldBe(1, error.ToString());
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Both_outputs_on_a_full_device_are_a_failure(string path)
    {
        using var folder = new DataFolder();
        using var stop = new CancellationTokenSource();
        var writes = 0;
        var exitCode = await CqrsCommand.RunAsync(
            await WorkingAsync(path, folder), FullDevice.AsOutput(() => writes++), FullDevice.AsError(() => writes++), width: null, Ended(path, stop));

        writes.ShouldBeGreaterThan(0);
        Expected.ShouldContain(exitCode);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_failure_stays_one_where_standard_error_cannot_be_written(string path)
    {
        using var output = new StringWriter();
        (await CqrsCommand.RunAsync([.. path.Split(' '), "--no-such-option"], output, FullDevice.AsError(), width: null)).ShouldBe(ExitCodes.Usage);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_on_a_full_device_is_a_failure(string path)
    {
        using var error = new StringWriter();
        string[] args = [.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"];
        (await CqrsCommand.RunAsync(args, FullDevice.AsOutput(), error, width: null)).ShouldBe(ExitCodes.Io);
        ShouldBeOneLine(new(ExitCodes.Io, "", error.ToString()), [ExitCodes.Io], path);
    }

    [Fact]
    public async Task The_version_on_a_full_device_is_a_failure()
    {
        using var error = new StringWriter();
        (await CqrsCommand.RunAsync(["--version"], FullDevice.AsOutput(), error, width: null)).ShouldBe(ExitCodes.Io);
        ShouldBeOneLine(new(ExitCodes.Io, "", error.ToString()), [ExitCodes.Io], "--version");
    }

    [Fact]
    public async Task Work_that_is_done_is_kept_where_its_report_cannot_be_written()
    {
        using var folder = new DataFolder();
        string[] args = ["backup", "--to", $"{folder.Path}/backup", "--data", history.Path];
        (await CqrsCommand.RunAsync(args, FullDevice.AsOutput(), FullDevice.AsError(), width: null)).ShouldBe(ExitCodes.Io);

        (await CqrsShell.RunAsync(["restore", "--from", $"{folder.Path}/backup", "--data", $"{folder.Path}/restored"])).ExitCode.ShouldBe(ExitCodes.Ok);
    }

    [Fact]
    public async Task Messages_that_are_lost_are_a_failure_after_the_work_is_done()
    {
        using var folder = new DataFolder();
        using var output = new StringWriter();
        string[] args = ["simulate", "--users", "2", "--days", "5", "--data", $"{folder.Path}/new"];
        (await CqrsCommand.RunAsync(args, output, FullDevice.AsError(), width: null)).ShouldBe(ExitCodes.Io);

        output.ToString().ShouldContain("user-verified.v1");
        (await CqrsShell.RunAsync(["events", "replay", "--limit", "1", "--data", $"{folder.Path}/new"])).ShouldSucceed();
    }

    private static string Nowhere { get; } = Path.Combine(typeof(EveryVerbTests).Assembly.Location, "nowhere");

    private static void ShouldBeOneLine(Outcome outcome, int[] exitCodes, string line)
    {
        exitCodes.ShouldContain(outcome.ExitCode, $"{line}\n{outcome.Error}");
        outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, $"{line}\n{outcome.Error}");
        outcome.Error.ShouldStartWith("cqrs: ", customMessage: line);
        outcome.Error.ShouldNotContain("System.", Case.Sensitive, line);
    }

    private Task<Outcome> RunAsync(string[] args) => CqrsShell.RunAsync(WithData(args));

    private string[] WithData(string[] args) => args.Contains("--data") ? args : [.. args, "--data", history.Path];

    // A gateway serves until it is stopped.
    private static CancellationToken Ended(string path, CancellationTokenSource stop)
    {
        if (path == "gateway") stop.CancelAfter(TimeSpan.FromSeconds(1));
        return stop.Token;
    }

    private async Task<string[]> WorkingAsync(string path, DataFolder folder)
    {
        if (!Working.TryGetValue(path, out var line))
            return WithData([.. VerbTree.Line(path, VerbTree.Leaves().Single(leaf => leaf.Path == path).Verb, Nowhere)]);
        if (line.Contains("{backup}", StringComparison.Ordinal))
            (await CqrsShell.RunAsync(["backup", "--to", $"{folder.Path}/source", "--data", history.Path])).ExitCode.ShouldBe(ExitCodes.Ok);
        return WithData([.. line
            .Replace("{folder}", folder.Path, StringComparison.Ordinal).Replace("{data}", history.Path, StringComparison.Ordinal)
            .Replace("{backup}", $"{folder.Path}/source", StringComparison.Ordinal).Split(' ')]);
    }

    private static bool IsChoice(Type type) => (Nullable.GetUnderlyingType(type) ?? type).IsEnum;
}
