using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.CommandLine;

/// <summary>The outputs of a verb: rows go to <see cref="Writer"/>, everything else to <see cref="Messages"/>.</summary>
/// <param name="Width">Characters of a line on the terminal; null where lines may be as long as they need.</param>
internal sealed record CommandOutput(TextWriter Writer, TextWriter Messages, Format Format, int? Width)
{
    /// <summary>Whether <see cref="Messages"/> is a terminal.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Whether <see cref="Writer"/> is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether <see cref="Writer"/> is a terminal that shows colours.</summary>
    public bool HasColours { get; init; }

    /// <summary>The columns that were asked for, in their order; null for those of the verb.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>If true, the verb chooses columns for people; otherwise rows have all columns that programs get.</summary>
    public bool IsForPeople => Format == Format.Table && Columns is null;

    /// <summary>CSV cells are written as they are, also those that a spreadsheet takes for formulas.</summary>
    public bool RawCells { get; init; }

    /// <summary>Answers to questions; null where no user can answer.</summary>
    public TextReader? Input { get; init; }

    public ProgressLine Progress(string unit, TimeProvider? clock = null) => new(Messages, IsWatched, unit, clock ?? TimeProvider.System);

    /// <summary>Progress of work along the log.</summary>
    public LogProgress Progress(LogPosition from, LogPosition to, TimeProvider clock) => new(Progress("events", clock), from, to);

    /// <summary>Asks before something is done that cannot be undone.</summary>
    /// <exception cref="CliException">No user can answer.</exception>
    /// <exception cref="OperationCanceledException">The answer is not yes.</exception>
    public async Task ConfirmAsync(string question, CancellationToken cancel)
    {
        if (Input is null) throw new CliException(ExitCodes.Usage, $"{question} There is no terminal to answer on; add --yes.");
        await Messages.WriteAsync($"{question} [y/N] ");
        var answer = (await Input.ReadLineAsync(cancel))?.Trim();
        if (!string.Equals(answer, "y", StringComparison.OrdinalIgnoreCase) && !string.Equals(answer, "yes", StringComparison.OrdinalIgnoreCase))
            throw new OperationCanceledException("The answer was no.");
    }

    public IRowWriter Rows()
    {
        var rows = RowWriters.Of(Format, Writer, Width, RawCells, Messages);
        return Columns is { } columns ? new ChosenColumns(rows, columns) : rows;
    }
}
