using System.Text;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Tables;

namespace Cqrs.Cli.Export;

/// <summary>
/// The views of an exported database: one for each type of event, with a column for each field. A view whose name is taken
/// by a table, an index or another view gets a number (<c>events_2</c>); one that SQLite reserves begins with
/// <c>type_</c>. A view keeps its name for as long as the file is there.
/// </summary>
internal sealed class ExportViews(SqliteTables tables)
{
    // SQLite takes at most 2,000 columns and a megabyte of text for a view. Fields beyond stay in events.data.
    private const int MaxFields = 1_000;
    private const int MaxBytesOfFields = 400_000;

    private const string Shared = "position, created, stream, version, id, correlationId, causationId, commandId, actor";

    private readonly Dictionary<string, string> _views = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the name that the view of a type has if nothing else has that name.</summary>
    public static string NameOf(string type) => type.Replace('-', '_').Replace('.', '_');

    /// <summary>Makes, or makes again, the views of all types that this program knows and of all others in the file.</summary>
    public void Make(EventTypes types)
    {
        ReadNames();
        foreach (var type in types.Names) Make(type, types.FieldsOf(type).Select(field => field.Name));
        foreach (var type in Texts("SELECT DISTINCT type FROM events ORDER BY type").Except(types.Names, StringComparer.Ordinal).ToList())
            Make(type, FieldsIn(type));
    }

    private void ReadNames()
    {
        using var rows = tables.Query("SELECT name, CASE type WHEN 'view' THEN sql END FROM sqlite_schema");
        while (rows.Read())
        {
            _taken.Add(rows.GetString(0));
            if (rows.Text(1) is { } sql) _views[sql] = rows.GetString(0);
        }
    }

    private void Make(string type, IEnumerable<string> fields)
    {
        var name = ExistingOf(type) ?? FreeName(type);
        tables.Execute($"DROP VIEW IF EXISTS {Name(name)}");
        tables.Execute($"{Beginning(name)}{Columns(fields)}{End(type)}");
    }

    // A view that an earlier export made for this type, under whatever name. Views of the user begin otherwise.
    private string? ExistingOf(string type)
    {
        var end = End(type);
        foreach (var (sql, name) in _views)
            if (sql.EndsWith(end, StringComparison.Ordinal) && sql.StartsWith(Beginning(name), StringComparison.Ordinal))
                return name;

        return null;
    }

    private string FreeName(string type)
    {
        var name = NameOf(type);
        if (name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase)) name = $"type_{name}";
        return _taken.Add(name) ? name : UniqueNames.Next(name, _taken);
    }

    private List<string> FieldsIn(string type) =>
        Texts("SELECT DISTINCT f.key FROM events e, json_each(e.data) f WHERE e.type = $1 ORDER BY f.key", type);

    private static string Columns(IEnumerable<string> fields)
    {
        // U+0000 would end the statement.
        var (chosen, bytes) = (new List<string>(), 0);
        foreach (var field in fields.Where(field => !field.Contains('\0')))
        {
            bytes += 2 * Encoding.UTF8.GetByteCount(field);
            if (chosen.Count == MaxFields || bytes > MaxBytesOfFields) break;
            chosen.Add(field);
        }

        var names = UniqueNames.Of([.. chosen.Select(FlatEvent.ColumnOf)], StringComparer.OrdinalIgnoreCase);
        return string.Concat(chosen.Select((field, i) => $", {Value(field)} AS {Name(names[i])}"));
    }

    // A JSON path cannot name a field with these characters.
    private static string Value(string field) => field.AsSpan().IndexOfAny('"', '\\') < 0 && !field.Any(char.IsControl)
        ? $"json_extract(data, {Text($"$.\"{field}\"")})"
        : $"(SELECT value FROM json_each(data) WHERE key = {Text(field)})";

    private static string Beginning(string name) => $"CREATE VIEW {Name(name)} AS\nSELECT {Shared}";

    private static string End(string type) => $"\nFROM events WHERE type = {Text(type)}";

    private static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private List<string> Texts(string sql, params ReadOnlySpan<object?> values)
    {
        using var rows = tables.Query(sql, values);
        var texts = new List<string>();
        while (rows.Read()) texts.Add(rows.GetString(0));
        return texts;
    }
}
