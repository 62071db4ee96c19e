using System.Text;

namespace Cqrs.Cli.Output;

/// <summary>
/// Standard output or standard error. The first write that fails is remembered, and ends the command or is passed over;
/// nothing more is written after it. Thus a full device can neither be taken for success nor interrupt work under way.
/// </summary>
internal abstract class GuardedWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Why a write failed; null while all have succeeded.</summary>
    public Exception? Failure { get; private set; }

    public override void Write(char value) => Guard(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Guard(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Guard(() => inner.Write(value));

    public override void WriteLine(string? value) => Guard(() => inner.WriteLine(value));

    public override void Flush() => Guard(inner.Flush);

    public override Task WriteAsync(char value) => GuardAsync(() => inner.WriteAsync(value));

    public override Task WriteAsync(string? value) => GuardAsync(() => inner.WriteAsync(value));

    public override Task WriteAsync(char[] buffer, int index, int count) => GuardAsync(() => inner.WriteAsync(buffer, index, count));

    public override Task WriteLineAsync() => GuardAsync(inner.WriteLineAsync);

    public override Task WriteLineAsync(string? value) => GuardAsync(() => inner.WriteLineAsync(value));

    public override Task FlushAsync() => GuardAsync(inner.FlushAsync);

    public override Task FlushAsync(CancellationToken cancellationToken) => GuardAsync(() => inner.FlushAsync(cancellationToken));

    /// <summary>Handles a write that cannot succeed; called for each such write.</summary>
    protected abstract void OnFailure(Exception failure);

    private static bool IsOfDevice(Exception e) => e is IOException or UnauthorizedAccessException;

    private void Guard(Action write)
    {
        if (Failure is null)
        {
            try
            {
                write();
            }
            catch (Exception e) when (IsOfDevice(e))
            {
                Failure = e;
            }
        }

        if (Failure is not null) OnFailure(Failure);
    }

    private Task GuardAsync(Func<Task> write)
    {
        if (Failure is not null)
        {
            OnFailure(Failure);
            return Task.CompletedTask;
        }

        // Some writers fail before they return a task.
        Task writing;
        try
        {
            writing = write();
        }
        catch (Exception e) when (IsOfDevice(e))
        {
            writing = Task.FromException(e);
        }

        return writing.IsCompletedSuccessfully ? writing : AwaitAsync(writing);
    }

    private async Task AwaitAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (Exception e) when (IsOfDevice(e))
        {
            Failure = e;
            OnFailure(e);
        }
    }
}

/// <summary>Standard output: a write that fails ends the command, for its data are what was asked for.</summary>
internal sealed class DataWriter(TextWriter inner) : GuardedWriter(inner)
{
    protected override void OnFailure(Exception failure) => throw new OutputLostException(failure);
}

/// <summary>Standard error: a message that cannot be written does not interrupt the work that it describes.</summary>
internal sealed class MessageWriter(TextWriter inner) : GuardedWriter(inner)
{
    protected override void OnFailure(Exception failure)
    {
    }
}

/// <summary>Standard output cannot be written.</summary>
internal sealed class OutputLostException(Exception inner) : Exception(
    $"Standard output cannot be written: {inner.Message.TrimEnd('.')}. Make room there, or send the output elsewhere.", inner);
