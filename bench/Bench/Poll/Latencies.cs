namespace Cqrs.Bench.Poll;

/// <summary>How long each of many requests took.</summary>
internal sealed class Latencies
{
    private readonly List<double> _microseconds = [];

    public int Count => _microseconds.Count;

    public void Add(TimeSpan time) => _microseconds.Add(time.TotalMicroseconds);

    public void Add(Latencies other) => _microseconds.AddRange(other._microseconds);

    /// <returns>Milliseconds that this share of the requests did not exceed.</returns>
    public double Percentile(double share)
    {
        _microseconds.Sort();
        return _microseconds[Math.Min(_microseconds.Count - 1, (int)(share * _microseconds.Count))] / 1000;
    }
}
