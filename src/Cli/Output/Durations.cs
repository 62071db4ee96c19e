using System.Globalization;

namespace Cqrs.Cli.Output;

/// <summary>Times as people say them: the two largest units.</summary>
internal static class Durations
{
    public static string Text(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => Two((long)time.TotalDays, "d", time.Hours, "h"),
        { TotalHours: >= 1 } => Two(time.Hours, "h", time.Minutes, "min"),
        { TotalMinutes: >= 1 } => Two(time.Minutes, "min", time.Seconds, "s"),
        { TotalSeconds: >= 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds} s"),
        { TotalSeconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
    };

    private static string Two(long many, string unit, int rest, string smaller) => rest == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{many} {unit}")
        : string.Create(CultureInfo.InvariantCulture, $"{many} {unit} {rest} {smaller}");
}
