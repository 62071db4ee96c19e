namespace Cqrs.Cli.Doctor;

/// <summary>One check of <c>cqrs doctor</c>. It ends within its limit, also when what it asks never answers.</summary>
/// <param name="Name">As its findings are called.</param>
/// <param name="Limit">The longest that it may take.</param>
/// <param name="RunAsync">Examines; cancelled at the limit.</param>
internal sealed record Check(string Name, TimeSpan Limit, Func<CancellationToken, Task<IReadOnlyList<Finding>>> RunAsync)
{
    private static readonly TimeSpan Local = TimeSpan.FromSeconds(10);

    /// <summary>A check of local files. They may lie on a disk that hangs, so a thread of its own does the work.</summary>
    public static Check Of(string name, Func<IReadOnlyList<Finding>> examine) => new(name, Local, cancel => Task.Run(examine, cancel));

    /// <summary>Runs the check; when it exceeds its limit, the finding says so.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        try
        {
            return await RunAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [Finding.Fault(Name, $"no answer within {Limit.TotalSeconds} s", "Check whether the disk or the server behind it hangs, then run cqrs doctor again.")];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [Finding.Fault(Name, e.Message, "Run it as the user that the server runs as, or mend the disk.")];
        }
    }
}
