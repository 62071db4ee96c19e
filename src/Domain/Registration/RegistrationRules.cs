namespace Cqrs.Domain.Registration;

/// <summary>The numbers of registration. Those of a code are fixed; the count per day can be switched off for tests.</summary>
public sealed record RegistrationRules
{
    public const int CodeDigits = 6;

    public const int TriesPerCode = 5;

    public const int SendsPerAttempt = 5;

    public static readonly TimeSpan CodeLives = TimeSpan.FromMinutes(10);

    /// <summary>An attempt can be taken up again for so long after its last code.</summary>
    public static readonly TimeSpan AttemptsAreKeptFor = TimeSpan.FromDays(1);

    private static readonly TimeSpan[] Waits =
        [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10)];

    /// <summary>Codes that may go to one number in any 24 hours; null for no limit.</summary>
    public int? SendsPerNumberPerDay { get; init; } = 10;

    /// <summary>How long after the <paramref name="sends"/>-th code the next may follow; 1, 2, 5, then 10 minutes.</summary>
    public static TimeSpan WaitAfter(int sends) => Waits[Math.Clamp(sends, 1, Waits.Length) - 1];
}
