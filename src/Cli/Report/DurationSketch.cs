namespace Cqrs.Cli.Report;

/// <summary>
/// Quantiles of durations in constant memory, however many there are: counts in buckets each of which is 2 % wider than
/// the one before (DDSketch, VLDB 2019). A quantile is the mean of its bucket: exact where the bucket holds one value,
/// else less than 2 % off.
/// </summary>
internal sealed class DurationSketch
{
    private const double Growth = 1.02;

    private static readonly double LogGrowth = Math.Log(Growth);

    private readonly SortedDictionary<int, (long Count, double Sum)> _buckets = [];

    public long Count { get; private set; }

    /// <param name="duration">What is negative, because a clock was set back, counts as nothing.</param>
    public void Add(TimeSpan duration)
    {
        var milliseconds = Math.Max(0, duration.TotalMilliseconds);
        Add(milliseconds < 1 ? 0 : 1 + (int)(Math.Log(milliseconds) / LogGrowth), 1, milliseconds);
    }

    public void Add(DurationSketch other)
    {
        foreach (var (bucket, (count, sum)) in other._buckets) Add(bucket, count, sum);
    }

    /// <summary>The smallest duration that at least this share of all do not exceed; null where there are none.</summary>
    public TimeSpan? Quantile(double share)
    {
        var (rank, seen) = (Math.Max(1, (long)Math.Ceiling(share * Count)), 0L);
        foreach (var (count, sum) in _buckets.Values)
        {
            seen += count;
            if (seen >= rank) return TimeSpan.FromMilliseconds(sum / count);
        }

        return null;
    }

    private void Add(int bucket, long count, double sum)
    {
        var before = _buckets.GetValueOrDefault(bucket);
        _buckets[bucket] = (before.Count + count, before.Sum + sum);
        Count += count;
    }
}
