using System.Text.Json;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.EventStore.PersonalData;

/// <summary>
/// Whether <c>keys.db</c> belongs to the log. A key is durable before the first event that needs it and its row stays when a
/// user is forgotten, so each user whose data are sealed in the log has a row.
/// </summary>
public static class SealedLogCheck
{
    private const int PageSize = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static ReadOnlySpan<byte> Mark => "\"sealed\""u8;

    private enum KeysFile
    {
        Missing,
        Empty,
        HasKeys,
    }

    /// <summary>Whether the folder has keys of users, so that a log on a server need not be read before the start.</summary>
    public static bool HasKeys(string folder) => StateOf(Path.Combine(folder, SqliteKeys.FileName)) == KeysFile.HasKeys;

    /// <summary>
    /// Compares the users of the first and of the newest sealed events of the embedded log with the keys. Without keys the
    /// whole log is searched for sealed data, otherwise its ends. Nothing is changed and no key is unwrapped.
    /// </summary>
    /// <returns>What is wrong and what to do; null when the keys fit, or when nothing in the log is sealed.</returns>
    /// <exception cref="EventLogException">The log cannot be read.</exception>
    /// <exception cref="PersonalDataException">The keys cannot be read.</exception>
    public static PersonalDataException? Fault(string folder)
    {
        var path = Path.Combine(folder, SqliteKeys.FileName);
        var state = StateOf(path);
        using var log = SqliteConnectionHandle.Open(Path.Combine(folder, SqliteEventLog.FileName), Patience, create: false);
        log.Execute("PRAGMA query_only = 1");
        var first = Find(log, state == KeysFile.HasKeys ? $"position <= {PageSize}" : "TRUE", "ASC");
        return Judge(folder, state, first, Find(log, $"position > (SELECT max(position) FROM events) - {PageSize}", "DESC"));
    }

    /// <summary>As <see cref="Fault(string)"/>, for a log on a server.</summary>
    public static async Task<PersonalDataException?> FaultAsync(IEventLog log, string folder, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(log);
        var state = StateOf(Path.Combine(folder, SqliteKeys.FileName));
        var first = await FirstAsync(log, searchesAll: state != KeysFile.HasKeys, cancel);
        return first is null ? null : Judge(folder, state, first, await NewestAsync(log, cancel));
    }

    private static PersonalDataException? Judge(string folder, KeysFile state, Place? first, Place? newest)
    {
        if (first is null) return null;
        var path = Path.Combine(folder, SqliteKeys.FileName);
        if (state != KeysFile.HasKeys)
        {
            var what = state == KeysFile.Missing ? $"{SqliteKeys.FileName} is missing in {folder}" : $"{path} has no keys of users";
            return Fault($"{what}, but the log holds personal data that are sealed under such keys, first at position {first.Position}.", isWhole: true);
        }

        using var keys = SqliteSnapshot.Of(path);
        if (!Has(keys, first.User))
            return Fault($"{path} is of another log: it has no key of user {first.User}, whose data are sealed at position {first.Position}.", isWhole: true);
        return newest is not null && !Has(keys, newest.User)
            ? Fault($"{path} is older than the log: it has no key of user {newest.User}, whose data are sealed at position {newest.Position}.", isWhole: false)
            : null;
    }

    private static Place? Find(SqliteConnectionHandle log, string where, string order)
    {
        using var rows = log.Prepare(
            $"SELECT position, data FROM events WHERE {where} AND json = 1 AND instr(data, x'{Convert.ToHexString(Mark)}') > 0 ORDER BY position {order}");
        while (rows.Step())
            if (SubjectIn(rows.Bytes(1).ToArray()) is { } user) return new(user, rows.Int64(0));
        return null;
    }

    private static PersonalDataException Fault(string what, bool isWhole) => new(
        PersonalDataException.KeysDoNotFit,
        $"{what} Without {(isWhole ? "these keys nothing personal in the log can be read, and no user is found by their number" : "it the data of this user, and of later ones, cannot be read")}. "
        + $"Stop the servers and restore {SqliteKeys.FileName} from the newest backup, with the {MasterKeyFile.FileName} that it needs. "
        + "A server does not start meanwhile and makes no new keys, because these cannot replace the lost ones. To begin with an empty log, set Data to another folder.");

    private static KeysFile StateOf(string path)
    {
        if (!File.Exists(path)) return KeysFile.Missing;
        try
        {
            using var keys = SqliteSnapshot.Of(path);
            return keys.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'subject_keys'") > 0
                && keys.Number("SELECT EXISTS (SELECT 1 FROM subject_keys) OR EXISTS (SELECT 1 FROM forgotten)") > 0
                ? KeysFile.HasKeys
                : KeysFile.Empty;
        }
        catch (EventLogException e)
        {
            throw new PersonalDataException(
                PersonalDataException.KeysUnavailable, $"{path} cannot be read ({e.Code}). Restore {SqliteKeys.FileName} from the newest backup.", e);
        }
    }

    private static bool Has(SqliteSnapshot keys, UserId user)
    {
        var id = Convert.ToHexString(KeyRows.Bytes(user));
        return keys.Number($"SELECT EXISTS (SELECT 1 FROM subject_keys WHERE user = x'{id}') OR EXISTS (SELECT 1 FROM forgotten WHERE user = x'{id}')") > 0;
    }

    private static async Task<Place?> FirstAsync(IEventLog log, bool searchesAll, CancellationToken cancel)
    {
        var position = LogPosition.Start;
        while (true)
        {
            var page = await log.ReadAllAsync(position, PageSize, cancel: cancel);
            foreach (var e in page.Events)
                if (SubjectIn(e) is { } user) return new(user, e.Position.Value);
            if (page.IsEnd || !searchesAll) return null;
            position = page.Position;
        }
    }

    private static async Task<Place?> NewestAsync(IEventLog log, CancellationToken cancel)
    {
        var page = await log.ReadAllAsync(LogPosition.End, PageSize, direction: ReadDirection.Backwards, cancel: cancel);
        foreach (var e in page.Events)
            if (SubjectIn(e) is { } user) return new(user, e.Position.Value);
        return null;
    }

    private static UserId? SubjectIn(RecordedEvent e) => e.IsJson && e.Data.Span.IndexOf(Mark) >= 0 ? SubjectIn(e.Data) : null;

    // Events of other programs may hold any bytes.
    private static UserId? SubjectIn(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            return SubjectIn(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static UserId? SubjectIn(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                if (json.TryGetProperty("sealed", out var sealedText) && sealedText.ValueKind == JsonValueKind.String
                    && json.TryGetProperty("subject", out var subject) && subject.ValueKind == JsonValueKind.String && subject.TryGetGuid(out var user))
                {
                    return new(user);
                }

                foreach (var property in json.EnumerateObject())
                    if (SubjectIn(property.Value) is { } within) return within;
                return null;
            case JsonValueKind.Array:
                foreach (var element in json.EnumerateArray())
                    if (SubjectIn(element) is { } within) return within;
                return null;
            default:
                return null;
        }
    }

    private sealed record Place(UserId User, long Position);
}
