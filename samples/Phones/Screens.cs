using Cqrs.Domain.Connections;

namespace Cqrs.Phones;

/// <summary>Draws two phones side by side, 78 columns wide: the grid of squares, and what stands below it.</summary>
internal static class Screens
{
    private const int Columns = 4;
    private const int CellWidth = 8;
    private const int Width = (Columns * (CellWidth + 1)) + 1;

    public static void Draw(Handset left, Handset right)
    {
        Console.WriteLine();
        var squares = Math.Max(left.SquaresOf, right.SquaresOf);
        var rows = Lines(left, squares).Zip(Lines(right, squares)).Select(row => $" {row.First,-Width}   {row.Second}".TrimEnd());
        Console.WriteLine(string.Join(Environment.NewLine, rows).TrimEnd() + Environment.NewLine);
    }

    private static IEnumerable<string> Lines(Handset phone, int squares)
    {
        var screen = phone.HasApp ? Grid(phone, squares) : NoApp(squares);
        return [$"{phone.Name}, {phone.Number}", .. screen, .. Below(phone)];
    }

    private static IEnumerable<string> Grid(Handset phone, int squares)
    {
        var cells = phone.Squares.Where(square => square.IsOnGrid).Select(square => (Name: Cut(square.Entry.FirstName), square.Line)).ToList();
        while (cells.Count < squares) cells.Add(("", ""));
        while (cells.Count % Columns != 0) cells.Add(("////////", "////////"));
        yield return Rule('┌', '┬', '┐');
        foreach (var (row, at) in cells.Chunk(Columns).Select((row, at) => (row, at)))
        {
            if (at > 0) yield return Rule('├', '┼', '┤');
            yield return Row(row.Select(cell => cell.Name));
            yield return Row(row.Select(cell => cell.Line));
        }

        yield return Rule('└', '┴', '┘');
    }

    private static IEnumerable<string> NoApp(int squares)
    {
        var lines = new string[((squares + Columns - 1) / Columns * 3) - 1];
        lines[lines.Length / 2] = "    (does not have the app)";
        yield return "┌" + new string('─', Width - 2) + "┐";
        foreach (var line in lines) yield return $"│{(line ?? "").PadRight(Width - 2)}│";
        yield return "└" + new string('─', Width - 2) + "┘";
    }

    /// <summary>Three lines at most: who asks, who is only a contact, what the lock screen says.</summary>
    private static IEnumerable<string> Below(Handset phone)
    {
        List<string> lines =
        [
            .. from square in phone.Squares
               where !square.IsOnGrid
               select square.Entry.State is ConnectionView.Invited
                   ? $"{square.Entry.FirstName} invites you. Accept? Reject?"
                   : $"Contact: {square.Entry.FirstName}",
            .. Wrap(phone.Message),
        ];
        while (lines.Count < 3) lines.Add("");
        return lines;
    }

    private static IEnumerable<string> Wrap(string text)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length + word.Length + 1 > Width)
            {
                yield return line;
                line = "";
            }

            line += line.Length == 0 ? (word.Length > Width ? word[..(Width - 1)] + "…" : word) : " " + word;
        }

        if (line.Length > 0) yield return line;
    }

    private static string Rule(char left, char middle, char right) =>
        left + string.Join(middle, Enumerable.Repeat(new string('─', CellWidth), Columns)) + right;

    private static string Row(IEnumerable<string> cells) => $"│{string.Join('│', cells.Select(cell => cell.PadRight(CellWidth)))}│";

    private static string Cut(string text) => text.Length <= CellWidth ? text : text[..CellWidth];
}
