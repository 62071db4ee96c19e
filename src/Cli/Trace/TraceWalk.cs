namespace Cqrs.Cli.Trace;

/// <summary>Walks a trace from the roots down, each node before what it led to.</summary>
internal static class TraceWalk
{
    /// <summary>Returns each node with its parent, null for a root, and its depth, 0 for a root.</summary>
    public static IEnumerable<(TraceNode Node, TraceNode? Parent, int Depth)> Of(IReadOnlyList<TraceNode> roots)
    {
        var left = new Stack<(TraceNode Node, TraceNode? Parent, int Depth)>();
        for (var i = roots.Count - 1; i >= 0; i--) left.Push((roots[i], null, 0));
        while (left.TryPop(out var step))
        {
            yield return step;
            for (var i = step.Node.Led.Count - 1; i >= 0; i--) left.Push((step.Node.Led[i], step.Node, step.Depth + 1));
        }
    }
}
