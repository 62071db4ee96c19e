namespace Cqrs.EventStore.Sqlite;

/// <summary>Positions of consecutive versions of a stream. It only grows, so a copy stays what it was.</summary>
internal struct VersionRun
{
    // Most streams have one new event or a few: the first needs no array.
    private long _first;
    private long[]? _others;

    /// <summary>The first version.</summary>
    public long First { get; private set; }

    public int Count { get; private set; }

    /// <summary>The version after the last.</summary>
    public readonly long End => First + Count;

    public readonly long PositionOf(long version) => version == First ? _first : _others![version - First - 1];

    /// <summary>Adds the version <see cref="End"/>, or the first.</summary>
    /// <returns>False when it is there already.</returns>
    public bool Add(long version, long position)
    {
        if (Count == 0) (First, _first) = (version, position);
        else if (version < End) return false;
        else AddOther(position);
        Count++;
        return true;
    }

    /// <summary>What lies beyond the position.</summary>
    public readonly VersionRun After(long position)
    {
        var rest = default(VersionRun);
        for (var version = First; version < End; version++)
            if (PositionOf(version) > position) rest.Add(version, PositionOf(version));
        return rest;
    }

    private void AddOther(long position)
    {
        _others ??= new long[3];
        if (Count > _others.Length) Array.Resize(ref _others, Count * 2);
        _others[Count - 1] = position;
    }
}
