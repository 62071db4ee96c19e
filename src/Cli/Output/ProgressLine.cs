using System.Globalization;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Output;

/// <summary>
/// Shows the progress of long work on standard error, once it has taken two seconds: count, rate and time left. On a terminal
/// it is one line that is written over and removed at the end; elsewhere a line every ten seconds.
/// </summary>
/// <param name="isTerminal">Whether the messages go to a terminal.</param>
/// <param name="unit">What is counted: events, files.</param>
internal sealed class ProgressLine(TextWriter messages, bool isTerminal, string unit, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    private readonly long _begun = clock.GetTimestamp();
    private TimeSpan _told;
    private int _length;

    public TimeSpan Elapsed => clock.GetElapsedTime(_begun);

    /// <param name="share">How much of the work is done, 0 to 1; null when that is not known.</param>
    public void Report(long count, double? share)
    {
        if (IsDue(out var elapsed)) Write(Text(count, share, elapsed));
    }

    /// <summary>Reports work of which only the elapsed time is known.</summary>
    public void ReportElapsed(string what)
    {
        if (IsDue(out var elapsed)) Write($"{what} · {Durations.Text(elapsed)}");
    }

    /// <summary>How long until a line may be shown: short work shows none.</summary>
    public TimeSpan UntilShown => SilentFor - Elapsed is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>Shows what is under way, where there is nothing to count.</summary>
    public void Show(string text) => Write(text);

    /// <summary>Removes the line, so that other text can be written.</summary>
    public void Dispose()
    {
        if (_length > 0) messages.Write($"\r{new string(' ', _length)}\r");
        _length = 0;
    }

    private bool IsDue(out TimeSpan elapsed)
    {
        elapsed = Elapsed;
        if (elapsed < SilentFor || elapsed - _told < (isTerminal ? Glance : Seldom)) return false;
        _told = elapsed;
        return true;
    }

    private string Text(long count, double? share, TimeSpan elapsed)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{count:N0} {unit} · {count / Math.Max(0.001, elapsed.TotalSeconds):N0}/s");
        if (share is not > 0) return text;
        var left = elapsed * ((1 / Math.Min(1, share.Value)) - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{text} · {share * 100:N0} % · {Durations.Text(left)} left");
    }

    private void Write(string text)
    {
        if (!isTerminal)
        {
            messages.WriteLine(text);
            return;
        }

        messages.Write($"\r{text.PadRight(_length)}");
        _length = Math.Max(_length, text.Length);
    }
}

/// <summary>How far work along the log has come.</summary>
/// <param name="from">Where it begins.</param>
/// <param name="to">Where it ends.</param>
internal sealed class LogProgress(ProgressLine line, LogPosition from, LogPosition to) : IDisposable
{
    /// <param name="events">Done so far.</param>
    /// <param name="at">Up to where.</param>
    public void Report(long events, LogPosition at) =>
        line.Report(events, to > from ? Math.Clamp((double)(at.Value - from.Value) / (to.Value - from.Value), 0, 1) : null);

    public void Dispose() => line.Dispose();
}
