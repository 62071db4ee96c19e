namespace Cqrs.Messaging.Videos;

/// <summary>
/// Makes the check of a precondition and the rename after it one step: in this process, and among processes that share
/// the folder, by a lock on a file in it. The operating system releases the lock of a process that dies.
/// </summary>
internal sealed class RenameLock(string path, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(2);

    private readonly SemaphoreSlim _here = new(1, 1);

    /// <summary>Runs a short action while no other one runs.</summary>
    /// <exception cref="IOException">The lock file cannot be used, or another process holds it for longer than 10 s.</exception>
    public async Task<T> RunAsync<T>(Func<T> action, CancellationToken cancel)
    {
        await _here.WaitAsync(cancel);
        try
        {
            await using var file = await OpenAsync(cancel);
            return action();
        }
        finally
        {
            _here.Release();
        }
    }

    public void Dispose() => _here.Dispose();

    private async Task<FileStream> OpenAsync(CancellationToken cancel)
    {
        for (var start = clock.GetTimestamp(); ;)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException) when (clock.GetElapsedTime(start) < Patience && File.Exists(path))
            {
                await Task.Delay(BetweenTries, clock, cancel);
            }
        }
    }
}
