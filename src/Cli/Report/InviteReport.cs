using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Spectre.Console;

namespace Cqrs.Cli.Report;

/// <summary>The report for people: a row for each period, the way of all invites with its times, and a chart of it.</summary>
internal static class InviteReport
{
    private const int ChartWidth = 60;

    /// <summary>As rows name it.</summary>
    public static string NameOf(InviteStep step) => step switch
    {
        InviteStep.LinkOpened => "linkOpened",
        InviteStep.Registered => "registered",
        InviteStep.Seen => "seen",
        InviteStep.Accepted => "accepted",
        InviteStep.Rejected => "rejected",
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    public static async Task WriteAsync(IReadOnlyDictionary<string, InviteCohort> cohorts, Period by, CommandOutput output)
    {
        var total = new InviteCohort();
        foreach (var cohort in cohorts.Values) total.Add(cohort);
        if (total.Invited == 0)
        {
            await output.Writer.WriteLineAsync("No invites were sent then.");
            return;
        }

        var periods = cohorts.Select(pair => Cells(pair.Key, pair.Value)).ToList();
        if (cohorts.Count > 1) periods.Add(Cells("total", total));
        await WriteAsync(output, [by.ToString().ToLowerInvariant(), "invited", "link", "registered", "seen", "accepted", "rejected", "cancelled", "open"], periods);
        await output.Writer.WriteLineAsync();
        await WriteAsync(output, ["step", "invites", "of all", "median", "p90"], [.. total.Steps.Select(step => Cells(step.Key, step.Value, total))]);
        await output.Writer.WriteLineAsync();
        Draw(total, output);
    }

    private static string[] Cells(string period, InviteCohort cohort) =>
    [
        period, Number(cohort.Invited), .. cohort.Steps.Values.Select(durations => Number(durations.Count)),
        Number(cohort.Cancelled + cohort.Forgotten), Number(cohort.Open),
    ];

    private static string[] Cells(InviteStep step, DurationSketch durations, InviteCohort total) =>
    [
        Said(step), Number(durations.Count), string.Create(CultureInfo.InvariantCulture, $"{(double)durations.Count / total.Invited:P0}"),
        Time(durations.Quantile(0.5)), Time(durations.Quantile(0.9)),
    ];

    private static void Draw(InviteCohort total, CommandOutput output)
    {
        var bars = total.Steps.Select(step => (Name: Said(step.Key), step.Value.Count)).Prepend((Name: "invited", Count: total.Invited)).ToList();
        var longest = bars.Max(bar => bar.Name.Length);
        var room = Math.Clamp((output.Width ?? int.MaxValue) - longest - Number(total.Invited).Length - 2, 1, ChartWidth);
        var terminal = Terminal.On(output);
        foreach (var (name, count) in bars)
        {
            var bar = new string(output.IsTerminal ? '█' : '#', (int)Math.Round((double)count * room / total.Invited));
            terminal.Write(new Text($"{name.PadLeft(longest)} "));
            terminal.Write(new Text(bar, Color.Blue));
            terminal.WriteLine($"{(bar.Length > 0 ? " " : "")}{Number(count)}");
        }
    }

    // The first column to the left, numbers to the right.
    private static async Task WriteAsync(CommandOutput output, string[] heading, List<string[]> lines)
    {
        lines.Insert(0, heading);
        var widths = heading.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();

        // Narrow gaps come first: a terminal of 80 columns then holds months of a busy product.
        var gap = widths.Sum() + 2 * (widths.Length - 1) > output.Width ? " " : "  ";
        foreach (var (index, columns) in Blocks(widths, gap.Length, output.Width).Index())
        {
            if (index > 0) await output.Writer.WriteLineAsync();
            foreach (var line in lines)
                await output.Writer.WriteLineAsync(string.Join(gap, columns.Select(column => column == 0 ? line[0].PadRight(widths[0]) : line[column].PadLeft(widths[column]))));
        }
    }

    /// <summary>
    /// The columns of each block of lines, one block below the other where they do not fit beside each other. Each
    /// begins with the first column, which names the row.
    /// </summary>
    private static IEnumerable<List<int>> Blocks(int[] widths, int gap, int? room)
    {
        var (block, used) = (new List<int> { 0 }, widths[0]);
        for (var column = 1; column < widths.Length; column++)
        {
            if (used + gap + widths[column] > room && block.Count > 1)
            {
                yield return block;
                (block, used) = ([0], widths[0]);
            }

            block.Add(column);
            used += gap + widths[column];
        }

        yield return block;
    }

    private static string Said(InviteStep step) => step == InviteStep.LinkOpened ? "link opened" : NameOf(step);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(TimeSpan? time) => time is { } known ? Durations.Text(known) : "";
}
