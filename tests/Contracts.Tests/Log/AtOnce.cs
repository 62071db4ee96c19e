namespace Cqrs.Contracts.Tests.Log;

/// <summary>Several who do the same at the same moment, on threads of their own.</summary>
internal static class AtOnce
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<T[]> DoAsync<T>(int many, Func<T> act)
    {
        using var start = new Barrier(many);
        return await Task.WhenAll(Enumerable.Range(0, many).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Patience);
                return act();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }
}
