using System.Globalization;
using System.Security.Cryptography;
using Cqrs.Cli.Export;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Sql;

/// <summary>
/// The views of a session. Each table that can be asked is two views: one with a random name, which reads the files, and
/// one with the public name, which reads only the first. <see cref="SqlGuard"/> lets nothing else read the files.
/// </summary>
internal sealed class SqlViews
{
    public const string Log = "cqrs_log";
    public const string Users = "cqrs_users";
    public const string Connections = "cqrs_connections";

    /// <summary>SQLite's table-valued functions that take JSON apart; they read nothing but their argument.</summary>
    public static readonly IReadOnlyList<string> JsonTables = ["json_each", "json_tree"];

    private const string Data = "CAST(e.data AS TEXT)";
    private const string Metadata = "CAST(e.metadata AS TEXT)";

    private readonly string _secret = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly List<(string Name, IReadOnlyList<(string Name, string Value)> Columns, string From)> _views = [];

    /// <summary>The views that <c>--tables</c> lists, with their columns.</summary>
    public IReadOnlyList<(string Table, IReadOnlyList<string> Columns)> Public =>
        [.. _views.Select(view => (view.Name, (IReadOnlyList<string>)[.. view.Columns.Select(column => column.Name)]))];

    /// <summary>True if this is the name of a view that reads the files.</summary>
    public bool Reads(string? view) => view?.StartsWith(_secret, StringComparison.Ordinal) == true;

    /// <summary>True for a view of either kind and for a table-valued function that reads only its argument.</summary>
    public bool MayBeAsked(string table) =>
        Reads(table)
        || _views.Any(view => view.Name.Equals(table, StringComparison.OrdinalIgnoreCase))
        || JsonTables.Contains(table, StringComparer.OrdinalIgnoreCase);

    /// <summary>The events, and a view for each type.</summary>
    public void AddEvents(EventTypes types)
    {
        // SQLite evaluates a scalar subquery only where its column is asked for.
        (string, string)[] every =
        [
            ("position", "e.position"), ("created", Time("(e.created - 621355968000000000) / 10000")), ("stream", "e.name"),
            ("category", $"(SELECT text FROM {Log}.labels WHERE id = e.category)"), ("version", "e.version"), ("id", "cqrs_id(e.id)"),
            ("type", $"(SELECT text FROM {Log}.labels WHERE id = e.type)"), ("correlationId", FromMetadata("\"$correlationId\"")),
            ("causationId", FromMetadata("\"$causationId\"")), ("commandId", FromMetadata("commandId")), ("actor", FromMetadata("actor")),
        ];
        _views.Add(("events", [.. every, ("data", "cqrs_data(e.data, e.json)")], $"{Log}.events e"));
        foreach (var type in types.Names)
        {
            var fields = types.FieldsOf(type).Select(field => (FlatEvent.ColumnOf(field.Name), Field(field)));
            _views.Add((
                ExportViews.NameOf(type), [.. every.Where(column => column.Item1 is not ("category" or "type")), .. fields],
                $"{Log}.events e WHERE e.type = (SELECT id FROM {Log}.labels WHERE text = '{type}')"));
        }
    }

    /// <summary>The read model of the users.</summary>
    public void AddUsers() => _views.Add((
        "users",
        [
            ("id", "cqrs_id(u.id)"), ("status", Words<UserStatus>("u.status")), ("epoch", "u.epoch"), ("verifiedAt", Time("u.verified_at")),
            ("squaresUsed", $"(SELECT count(*) FROM {Users}.squares s WHERE s.user = u.id)"),
            ("person", $"CASE WHEN u.person IS NOT NULL THEN cqrs_personal(cqrs_id(u.id), 1) WHEN u.status = {(int)UserStatus.Forgotten} THEN cqrs_personal(cqrs_id(u.id), 0) END"),
        ],
        $"{Users}.users u"));

    /// <summary>The read model of the connections: pairs of which at least one side sees something.</summary>
    public void AddConnections() => _views.Add((
        "connections",
        [
            ("id", "cqrs_id(p.id)"), ("inviter", "cqrs_id(p.inviter)"), ("invitee", "cqrs_id(p.invitee)"), ("phase", Words<ConnectionPhase>("p.phase")),
            ("contactOf", "cqrs_id(p.contact_of)"), ("since", Time("p.since")), ("typedName", "CASE WHEN p.typed IS NOT NULL THEN cqrs_personal(cqrs_id(p.invitee), 1) END"),
        ],
        $"{Connections}.pairs p"));

    /// <summary>Statements that make them.</summary>
    public IEnumerable<string> Create()
    {
        foreach (var (name, columns, from) in _views)
        {
            yield return $"CREATE TEMP VIEW \"{_secret}{name}\" AS SELECT {string.Join(", ", columns.Select(column => $"{column.Value} AS \"{column.Name}\""))} FROM {from}";
            yield return $"CREATE TEMP VIEW \"{name}\" AS SELECT * FROM \"{_secret}{name}\"";
        }
    }

    private static string Field(EventField field) => OfJson(Data, field.IsPersonal
        ? $"cqrs_personal({Data} ->> '$.{field.Name}.subject', json_type({Data}, '$.{field.Name}.sealed') IS NOT NULL)"
        : $"{Data} ->> '$.{field.Name}'");

    private static string FromMetadata(string field) => OfJson(Metadata, $"{Metadata} ->> '$.{field}'");

    // Other programs may append events without metadata, or with data and metadata that are not JSON. Their fields are NULL;
    // without this, one such event would end every statement that reads it.
    private static string OfJson(string json, string value) => $"CASE WHEN json_valid({json}) THEN {value} END";

    // Milliseconds since 1970.
    private static string Time(string milliseconds) => $"strftime('%Y-%m-%dT%H:%M:%fZ', ({milliseconds}) / 1000.0, 'unixepoch')";

    private static string Words<TEnum>(string column)
        where TEnum : struct, Enum => string.Concat(
            $"CASE {column} ",
            string.Concat(Enum.GetValues<TEnum>().Select(value => string.Create(
                CultureInfo.InvariantCulture, $"WHEN {Convert.ToInt32(value)} THEN '{value.ToString().ToLowerInvariant()}' "))),
            "END");
}
