using System.Globalization;

namespace Cqrs.Cli.Output;

/// <summary>
/// Counts long work on standard error, once it has taken two seconds: how much, how fast, how long still. On a terminal
/// in one line that is written over and removed at the end; elsewhere in a line every ten seconds.
/// </summary>
/// <param name="unit">What is counted: events, MB.</param>
internal sealed class Tally(TextWriter error, bool isTerminal, string unit, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromSeconds(10);

    private readonly long _begun = clock.GetTimestamp();
    private TimeSpan _shown;
    private int _length;

    public TimeSpan Elapsed => clock.GetElapsedTime(_begun);

    /// <param name="share">How much of the work is done, 0 to 1.</param>
    public void Report(double count, double share)
    {
        var elapsed = Elapsed;
        if (elapsed < SilentFor || elapsed - _shown < (isTerminal ? OnTerminal : Elsewhere)) return;
        _shown = elapsed;
        Write(Say(count, Math.Clamp(share, 0, 1), elapsed));
    }

    public void Dispose()
    {
        if (_length > 0) error.Write($"\r{new string(' ', _length)}\r");
        _length = 0;
    }

    private string Say(double count, double share, TimeSpan elapsed)
    {
        var left = share > 0.001 ? Durations.Text(elapsed * ((1 - share) / share)) : "?";
        return string.Create(CultureInfo.InvariantCulture, $"{count:N0} {unit}, {count / elapsed.TotalSeconds:N0} a second, {share:P0}, {left} left");
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
