using Cqrs.Cli.Output;

namespace Cqrs.Cli.Doctor;

internal enum Verdict
{
    Ok,

    /// <summary>Works, and needs attention.</summary>
    Look,

    /// <summary>Does not work.</summary>
    Fault,
}

/// <summary>The result of one check.</summary>
/// <param name="Next">What to do; null when nothing needs to be done.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Found, string? Next = null)
{
    /// <summary>Stored data are damaged.</summary>
    public bool IsDamage { get; init; }

    public static Finding Ok(string check, string found) => new(check, Verdict.Ok, found);

    public static Finding Look(string check, string found, string next) => new(check, Verdict.Look, found, next);

    public static Finding Fault(string check, string found, string next) => new(check, Verdict.Fault, found, next);

    /// <summary>For people: what to do stands below what was found, and both end where the line does.</summary>
    /// <param name="room">Characters that these may take; null for as many as they need.</param>
    public IEnumerable<Row> ToLines(int? room)
    {
        var (check, verdict) = (Check, Verdict.ToString().ToLowerInvariant());
        foreach (var line in Wrap(Found, room).Concat(Next is null ? [] : Wrap("→ " + Next, room)))
        {
            yield return new([("check", check), ("verdict", verdict), ("found", line)]);
            (check, verdict) = ("", "");
        }
    }

    private static IEnumerable<string> Wrap(string text, int? room)
    {
        while (text.Length > room)
        {
            var space = text.LastIndexOf(' ', room.Value);
            var end = space > 0 ? space : room.Value;
            yield return text[..end];
            text = text[end..].TrimStart();
        }

        yield return text;
    }

    public Row ToRow() => new([("check", Check), ("verdict", Verdict.ToString().ToLowerInvariant()), ("found", Found), ("next", Next)]);
}
