using System.Diagnostics;
using System.Globalization;

namespace Cqrs.Cli.Output;

/// <summary>
/// How far long work has come: count, rate and time left, on standard error. On a terminal one line that is written
/// over; elsewhere a line every ten seconds.
/// </summary>
/// <param name="unit">What is counted: events, files.</param>
internal sealed class ProgressLine(TextWriter error, string unit) : IDisposable
{
    private const string Clear = "\r\u001b[K";

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    private readonly bool _isTerminal = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private readonly long _begun = Stopwatch.GetTimestamp();
    private TimeSpan _told;
    private bool _isShown;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_begun);

    /// <param name="share">How much of the work is done, 0 to 1; null where nobody knows.</param>
    public void Report(long count, double? share)
    {
        var elapsed = Elapsed;
        if (elapsed - _told < (_isTerminal ? Glance : Seldom)) return;
        _told = elapsed;
        _isShown = true;
        if (_isTerminal) error.Write(Clear + Text(count, share, elapsed));
        else error.WriteLine(Text(count, share, elapsed));
    }

    /// <summary>Takes the line away, so that something else may be written.</summary>
    public void Dispose()
    {
        if (_isTerminal && _isShown) error.Write(Clear);
    }

    private string Text(long count, double? share, TimeSpan elapsed)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{count:N0} {unit} · {count / Math.Max(0.001, elapsed.TotalSeconds):N0}/s");
        if (share is not > 0) return text;
        var left = elapsed * ((1 / Math.Min(1, share.Value)) - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{text} · {share * 100:N0} % · {Duration(left)} left");
    }

    /// <summary>As people say it: 40 s, 3 min 20 s, 2 h 5 min.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalMinutes: < 1 } => $"{(int)time.TotalSeconds} s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} min {time.Seconds} s",
        _ => $"{(int)time.TotalHours} h {time.Minutes} min",
    };
}
