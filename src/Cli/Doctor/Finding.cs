using Cqrs.Cli.Output;

namespace Cqrs.Cli.Doctor;

internal enum Verdict
{
    Ok,

    /// <summary>Works, and somebody should look at it.</summary>
    Look,

    /// <summary>Does not work.</summary>
    Fault,
}

/// <summary>What one check came to.</summary>
/// <param name="Next">What to do; null where there is nothing to be done.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Found, string? Next = null)
{
    public static Finding Ok(string check, string found) => new(check, Verdict.Ok, found);

    public static Finding Look(string check, string found, string next) => new(check, Verdict.Look, found, next);

    public static Finding Fault(string check, string found, string next) => new(check, Verdict.Fault, found, next);

    public Row ToRow() => new([("check", Check), ("verdict", Verdict.ToString().ToLowerInvariant()), ("found", Found), ("next", Next)]);
}
