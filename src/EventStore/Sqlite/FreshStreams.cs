using System.Runtime.InteropServices;

namespace Cqrs.EventStore.Sqlite;

/// <summary>What the index has to know of an event.</summary>
/// <param name="Stream">Position of the first event of its stream.</param>
/// <param name="NewName">Name of the stream, when the event is its first.</param>
/// <param name="NameHash">Of that name (<see cref="Sqlite.NameHash"/>); otherwise of no meaning.</param>
internal readonly record struct IndexEntry(long Position, long Stream, long Version, string? NewName, long NameHash);

/// <summary>The index of events that are not, or not all, in the index of the file: names and versions of streams.</summary>
internal sealed class FreshStreams
{
    private readonly Dictionary<string, (long Hash, long Stream)> _names = [];
    private readonly Dictionary<long, VersionRun> _runs = [];

    /// <summary>Events.</summary>
    public int Count { get; private set; }

    public bool TryFind(string name, out long stream)
    {
        var found = _names.TryGetValue(name, out var known);
        stream = known.Stream;
        return found;
    }

    public VersionRun RunOf(long stream) => _runs.GetValueOrDefault(stream);

    /// <summary>Adds an event; those of a stream in their order.</summary>
    public void Add(in IndexEntry entry)
    {
        if (entry.NewName is { } name) _names[name] = (entry.NameHash, entry.Stream);
        if (CollectionsMarshal.GetValueRefOrAddDefault(_runs, entry.Stream, out _).Add(entry.Version, entry.Position)) Count++;
    }

    /// <summary>What lies beyond the position.</summary>
    public FreshStreams After(long position)
    {
        var rest = new FreshStreams();
        foreach (var (name, known) in _names)
            if (known.Stream > position) rest._names.Add(name, known);
        foreach (var (stream, run) in _runs)
        {
            var after = run.After(position);
            if (after.Count == 0) continue;
            rest._runs.Add(stream, after);
            rest.Count += after.Count;
        }

        return rest;
    }

    /// <summary>Hashes of names with their streams, in the order of the index.</summary>
    public (long Hash, long Stream)[] SortedNames()
    {
        var sorted = new (long, long)[_names.Count];
        _names.Values.CopyTo(sorted, 0);
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>All versions with their positions, in the order of the index.</summary>
    public (long Stream, long Version, long Position)[] SortedVersions()
    {
        var sorted = new (long, long, long)[Count];
        var streams = _runs.Keys.ToArray();
        Array.Sort(streams);
        var i = 0;
        foreach (var stream in streams)
        {
            var run = _runs[stream];
            for (var version = run.First; version < run.End; version++) sorted[i++] = (stream, version, run.PositionOf(version));
        }

        return sorted;
    }
}
