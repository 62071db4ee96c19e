namespace Cqrs.Cli.Output;

/// <summary>Makes names unique: the second <c>id</c> becomes <c>id_2</c>, the third <c>id_3</c>.</summary>
internal static class UniqueNames
{
    /// <summary>
    /// Returns the names in their order. A name that occurs once, and the first of several that are equal, keep their name;
    /// the others get the first free number.
    /// </summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> names, StringComparer? comparer = null)
    {
        var taken = new HashSet<string>(names, comparer ?? StringComparer.Ordinal);
        if (taken.Count == names.Count) return names;
        var seen = new HashSet<string>(taken.Comparer);
        return [.. names.Select(name => seen.Add(name) ? name : Next(name, taken))];
    }

    /// <summary>Returns the name with the first number from 2 on that makes it one that is not taken, and takes it.</summary>
    public static string Next(string name, ISet<string> taken)
    {
        for (var number = 2; ; number++)
        {
            var numbered = $"{name}_{number}";
            if (taken.Add(numbered)) return numbered;
        }
    }
}
