namespace Cqrs.Client.Http;

/// <summary>Tries again what failed for a while: a bounded number of times, each wait longer than the one before.</summary>
internal sealed class Retry(ClientOptions options)
{
    /// <param name="attempt">Must mean the same each time: what it sends carries the same idempotency key, or can be repeated by its nature.</param>
    /// <exception cref="ApiException">The last try's, or the first that no repetition can mend.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await AskAsync(attempt, cancel);
            }
            catch (ApiException e)
            {
                e.Tries = tries;
                if (!e.IsTransient || tries >= options.Tries || WaitAfter(tries, e.RetryAfter) is not { } wait) throw;
                await Task.Delay(wait, options.Clock, cancel);
            }
        }
    }

    private static async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancel)
    {
        try
        {
            return await attempt(cancel);
        }
        catch (Exception e) when (Failures.IsBroken(e, cancel))
        {
            throw Failures.Broken(e);
        }
    }

    /// <returns>Null when the server asks for more patience than there is.</returns>
    private TimeSpan? WaitAfter(int tries, TimeSpan? asked)
    {
        if (asked > options.LongestWait) return null;
        var grown = TimeSpan.FromTicks(Math.Min(options.LongestWait.Ticks, options.FirstWait.Ticks << Math.Min(tries - 1, 20)));
        var own = grown * (1 - (Random.Shared.NextDouble() / 2));
        return asked > own ? asked : own;
    }
}
