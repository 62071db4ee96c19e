using System.Diagnostics.CodeAnalysis;

namespace Cqrs.EventStore.PersonalData;

/// <summary>Where the master keys come from; a host may refuse one of them.</summary>
public enum MasterKeySource
{
    /// <summary>Given by configuration.</summary>
    Configuration,

    /// <summary>Read from <c>master.key</c> in the data folder.</summary>
    File,

    /// <summary><c>master.key</c> was made just now.</summary>
    NewFile,
}

/// <summary>The master keys in use: the first wraps, all unwrap.</summary>
public sealed class MasterKeys
{
    private const StringSplitOptions Split = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private readonly Dictionary<string, MasterKey> _byId = new(StringComparer.Ordinal);

    /// <exception cref="PersonalDataException">No key, or two with the same id.</exception>
    public MasterKeys(MasterKeySource source, IReadOnlyList<MasterKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0)
            throw new PersonalDataException(PersonalDataException.MasterKeyMalformed, "No master key is given.");

        foreach (var key in keys)
            if (!_byId.TryAdd(key.Id, key))
                throw new PersonalDataException(PersonalDataException.MasterKeyTwice, $"Master key '{key.Id}' is given twice.");

        Source = source;
        All = [.. keys];
    }

    public MasterKeySource Source { get; }

    /// <summary>The one that wraps.</summary>
    public MasterKey Current => All[0];

    /// <summary>Those that unwrap, <see cref="Current"/> first.</summary>
    public IReadOnlyList<MasterKey> All { get; }

    /// <summary>Reads <c>id:base64</c>, several separated by commas or line ends; the first wraps.</summary>
    /// <exception cref="PersonalDataException">The text holds something else; the message never repeats it.</exception>
    public static MasterKeys Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(MasterKeySource.Configuration, text);
    }

    internal static MasterKeys Parse(MasterKeySource source, string text) => new(
        source,
        [.. text
            .Split(['\n', '\r'], Split)
            .Where(line => !line.StartsWith('#'))
            .SelectMany(line => line.Split(',', Split))
            .Select(MasterKey.Parse)]);

    /// <summary>The same keys, and <paramref name="key"/> as the one that wraps.</summary>
    public MasterKeys WrappingWith(MasterKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(Source, [key, .. All.Where(other => other.Id != key.Id)]);
    }

    internal bool TryFind(string id, [NotNullWhen(true)] out MasterKey? key) => _byId.TryGetValue(id, out key);
}
