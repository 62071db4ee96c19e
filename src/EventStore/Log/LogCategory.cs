namespace Cqrs.EventStore.Log;

/// <summary>The category of a stream: its name up to the first hyphen, or the whole name when it has none.</summary>
public static class LogCategory
{
    public static ReadOnlySpan<char> Of(string stream)
    {
        var hyphen = stream.IndexOf('-');
        return hyphen < 0 ? stream : stream.AsSpan(0, hyphen);
    }
}
