using System.Globalization;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Output;

/// <summary>
/// Says on standard error how long work is getting on, once it has taken two seconds: how much, how fast, how long still.
/// On a terminal in one line that is written over and removed at the end; elsewhere in a line every ten seconds.
/// </summary>
/// <param name="from">Where the work begins.</param>
/// <param name="to">Where it ends.</param>
internal sealed class ProgressLine(TextWriter error, bool isTerminal, LogPosition from, LogPosition to, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromSeconds(10);

    private readonly long _begun = clock.GetTimestamp();
    private TimeSpan _shown;
    private int _length;

    /// <param name="events">Done so far.</param>
    /// <param name="at">Up to where.</param>
    public void Report(long events, LogPosition at)
    {
        var elapsed = clock.GetElapsedTime(_begun);
        if (elapsed < SilentFor || elapsed - _shown < (isTerminal ? OnTerminal : Elsewhere)) return;
        _shown = elapsed;
        Write(Say(events, at, elapsed));
    }

    public void Dispose()
    {
        if (_length > 0) error.Write($"\r{new string(' ', _length)}\r");
        _length = 0;
    }

    private string Say(long events, LogPosition at, TimeSpan elapsed)
    {
        var done = to > from ? Math.Clamp((double)(at.Value - from.Value) / (to.Value - from.Value), 0, 1) : 1;
        var left = done > 0 ? elapsed * ((1 - done) / done) : TimeSpan.MaxValue;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{events:N0} events, {events / elapsed.TotalSeconds:N0} a second, {done:P0}, {(left < TimeSpan.FromDays(2) ? Durations.Text(left) : "?")} left");
    }

    private void Write(string text)
    {
        if (!isTerminal)
        {
            error.WriteLine(text);
            return;
        }

        error.Write($"\r{text.PadRight(_length)}");
        _length = text.Length;
    }
}
