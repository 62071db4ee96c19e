using System.Globalization;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>A filter as SQL. Labels are numbers in it; prefixes are parameters from ?4 on.</summary>
internal sealed record FilterCondition(string Sql, IReadOnlyList<string> Prefixes, bool MatchesNothing)
{
    private static readonly FilterCondition Everything = new("", [], MatchesNothing: false);
    private static readonly FilterCondition Nothing = new("", [], MatchesNothing: true);

    public static FilterCondition Of(LogFilter? filter, LabelLookup labels)
    {
        if (filter is null) return Everything;
        var sql = "";
        if (filter.Categories.Count > 0)
        {
            if (Numbers(filter.Categories, labels) is not { Length: > 0 } numbers) return Nothing;
            sql += $" AND category IN ({numbers})";
        }

        if (filter.Types.Count > 0)
        {
            if (Numbers(filter.Types, labels) is not { Length: > 0 } numbers) return Nothing;
            sql += $" AND type IN ({numbers})";
        }

        if (filter.StreamPrefixes.Count > 0)
        {
            sql += $" AND ({string.Join(" OR ", Enumerable.Range(4, filter.StreamPrefixes.Count)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"substr(name, 1, length(?{i})) = ?{i}")))})";
        }

        return new FilterCondition(sql, filter.StreamPrefixes, MatchesNothing: false);
    }

    // A label that the log does not have yet stands for no event.
    private static string Numbers(IReadOnlyList<string> texts, LabelLookup labels) =>
        string.Join(',', texts.Select(text => labels.Find(text)).OfType<long>().Distinct().Order());
}
