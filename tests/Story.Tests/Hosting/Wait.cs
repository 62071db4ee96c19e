using System.Diagnostics;

namespace Cqrs.Story.Tests.Hosting;

/// <summary>Waits for a condition, never for a time.</summary>
public static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isThere)
    {
        for (var begun = Stopwatch.GetTimestamp(); ;)
        {
            var found = await look();
            if (isThere(found)) return found;
            if (Stopwatch.GetElapsedTime(begun) > Patience) Assert.Fail($"Not after {Patience.TotalSeconds} s; last seen: {(found is System.Collections.IEnumerable many and not string ? string.Join(", ", many.Cast<object>()) : found)}");
            await Task.Delay(10);
        }
    }
}
