namespace Cqrs.Api.Configuration;

/// <summary>The Damerau-Levenshtein distance of two names, without regard to case (optimal string alignment).</summary>
internal static class EditDistance
{
    /// <summary>Returns how many letters have to be inserted, removed, replaced or swapped with their neighbour.</summary>
    public static int Of(string one, string other)
    {
        var distances = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++) distances[i, 0] = i;
        for (var j = 0; j <= other.Length; j++) distances[0, j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = AreEqual(one[i - 1], other[j - 1]) ? 0 : 1;
                var least = Math.Min(Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1, distances[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && AreEqual(one[i - 1], other[j - 2]) && AreEqual(one[i - 2], other[j - 1]))
                    least = Math.Min(least, distances[i - 2, j - 2] + 1);
                distances[i, j] = least;
            }
        }

        return distances[one.Length, other.Length];
    }

    private static bool AreEqual(char one, char other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other);
}
