namespace Cqrs.EventStore.Log;

/// <summary>A filter for events in memory. Every engine filters as this does.</summary>
internal sealed class LogMatch
{
    private readonly string[] _categories;
    private readonly HashSet<string> _types;
    private readonly string[] _prefixes;

    public LogMatch(LogFilter? filter)
    {
        Filter = filter;
        _categories = filter is null ? [] : [.. filter.Categories];
        _types = filter is null ? [] : new HashSet<string>(filter.Types, StringComparer.Ordinal);
        _prefixes = filter is null ? [] : [.. filter.StreamPrefixes];
        IsEverything = _categories.Length == 0 && _types.Count == 0 && _prefixes.Length == 0;
    }

    public LogFilter? Filter { get; }

    public bool IsEverything { get; }

    public bool Matches(RecordedEvent e) =>
        IsEverything || (IsOfCategory(e.Stream) && (_types.Count == 0 || _types.Contains(e.Type)) && HasPrefix(e.Stream));

    private bool IsOfCategory(string stream)
    {
        if (_categories.Length == 0) return true;
        var category = LogCategory.Of(stream);
        foreach (var wanted in _categories)
            if (category.SequenceEqual(wanted)) return true;
        return false;
    }

    private bool HasPrefix(string stream)
    {
        if (_prefixes.Length == 0) return true;
        foreach (var prefix in _prefixes)
            if (stream.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }
}
