using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Cqrs.Rules.Tests.Notifications;

internal sealed class CrashException : Exception;

/// <summary>
/// The death of a process: before or after any of the things that it does to the world. Once burnt, it does nothing more.
/// </summary>
internal sealed class Fuse(int steps)
{
    private readonly CancellationTokenSource _burnt = new();
    private int _left = steps;

    /// <summary>A process that lives.</summary>
    public static Fuse Never => new(int.MaxValue);

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Burnt => _burnt.Token;

    public int Steps => int.MaxValue - _left;

    public void Step()
    {
        if (!_burnt.IsCancellationRequested && --_left > 0) return;
        _burnt.Cancel();
        throw new CrashException();
    }

    /// <summary>The same thing, in this process: before and after each call the process may die.</summary>
    public T Around<T>(T inner)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Fused<T>>();
        var fused = (Fused<T>)(object)proxy;
        (fused.Fuse, fused.Inner) = (this, inner);
        return proxy;
    }
}

/// <summary>What is behind it answers at once, so that it has happened when the call returns.</summary>
internal class Fused<T> : DispatchProxy
    where T : class
{
    public Fuse Fuse { get; set; } = null!;

    public T Inner { get; set; } = null!;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.IsSpecialName) return targetMethod.Invoke(Inner, args);
        Fuse.Step();
        try
        {
            var result = targetMethod.Invoke(Inner, args);
            Fuse.Step();
            return result;
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
