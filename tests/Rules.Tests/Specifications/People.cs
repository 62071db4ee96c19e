using Cqrs.Domain.Identity;

namespace Cqrs.Rules.Tests.Specifications;

/// <summary>Who acts in the tests.</summary>
public static class People
{
    public static readonly UserId Ann = new(Guid.Parse("a0000000-0000-4000-8000-000000000001"));

    public static readonly UserId Bob = new(Guid.Parse("b0000000-0000-4000-8000-000000000002"));

    /// <summary>Neither of the two.</summary>
    public static readonly UserId Cid = new(Guid.Parse("c0000000-0000-4000-8000-000000000003"));

    public static readonly UserId Dot = new(Guid.Parse("d0000000-0000-4000-8000-000000000004"));
}

/// <summary>When they act. Nothing here looks at a clock.</summary>
public static class Moments
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    public static DateTimeOffset Days(double days) => Start.AddDays(days);

    public static DateTimeOffset Minutes(double minutes) => Start.AddMinutes(minutes);

    public static DateTimeOffset Seconds(double seconds) => Start.AddSeconds(seconds);
}
