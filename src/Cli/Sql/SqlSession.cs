using System.Diagnostics;
using System.Text.Json.Nodes;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Sqlite;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cqrs.Cli.Sql;

/// <summary>
/// A database in memory that holds only views of the files, which are attached read-only. SQLite itself refuses writes, and
/// lets only the functions that mask personal data read what is sealed.
/// </summary>
internal sealed class SqlSession : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=file::memory:;Pooling=False");
    private readonly SqlViews _views = new();
    private readonly SqlGuard _guard;
    private readonly PersonalFields _personal;

    // An answer is text in the end; without a limit a single value could take all memory.
    private const int LargestValue = 100_000_000;

    // SQLite calls it; this reference keeps the garbage collector from freeing it.
    private delegate_progress? _progress;

    private SqlSession(ISubjectKeys keys) => (_guard, _personal) = (new(_views), PersonalFields.MaskedBy(keys));

    public IReadOnlyList<(string Table, IReadOnlyList<string> Columns)> Tables => _views.Public;

    /// <summary>The read models that are not built yet.</summary>
    public IReadOnlyList<string> MissingModels { get; private set; } = [];

    public static async Task<SqlSession> OpenAsync(Stores stores, CommandOutput output, CancellationToken cancel)
    {
        var log = stores.Log is SqliteEventLog
            ? Path.Combine(stores.Settings.Data, SqliteEventLog.FileName)
            : await CachedLog.BringUpToDateAsync(stores.Log, stores.Settings.Data, (from, to) => output.Progress(from, to, stores.Clock), cancel);
        return Open(log, Path.Combine(stores.Settings.Data, "projections"), stores.Keys, stores.Codec.Types);
    }

    /// <param name="log">A file with the tables of the embedded log.</param>
    /// <param name="models">Folder of the read models; a read model whose file is missing has no table.</param>
    public static SqlSession Open(string log, string models, ISubjectKeys keys, EventTypes types)
    {
        var session = new SqlSession(keys);
        try
        {
            session.Prepare(log, models, types);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <param name="limit">Zero for none.</param>
    /// <exception cref="CliException">The statement is not allowed, wrong, or would change something.</exception>
    public SqlAnswer Ask(string statement, TimeSpan limit, CancellationToken cancel)
    {
        _guard.Reset();
        var begun = Stopwatch.GetTimestamp();
        bool IsLate() => limit > TimeSpan.Zero && Stopwatch.GetElapsedTime(begun) > limit;
        _progress = _ => cancel.IsCancellationRequested || IsLate() ? 1 : 0;
        raw.sqlite3_progress_handler(_connection.Handle, 10_000, _progress, null);

        Exception Failure(Exception e) => e switch
        {
            SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT } when cancel.IsCancellationRequested => new OperationCanceledException(cancel),
            SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT } =>
                new CliException(ExitCodes.TimedOut, $"It took longer than {limit.TotalSeconds} seconds. Ask for less, or allow more with --timeout."),
            SqliteException { SqliteErrorCode: raw.SQLITE_AUTH } => new CliException(ExitCodes.Usage, $"This cannot be asked: {_guard.Refusal}. cqrs sql --tables lists what can."),
            SqliteException { SqliteErrorCode: raw.SQLITE_ERROR } when Words(e).Contains("it is a view", StringComparison.Ordinal) =>
                new CliException(ExitCodes.Usage, $"This cannot be asked: {SqlGuard.OnlyReads}. cqrs sql --tables lists what can."),
            SqliteException { SqliteErrorCode: raw.SQLITE_ERROR } when MissingModel(Words(e)) is { } model => new CliException(
                ExitCodes.NoInput, $"The read model {model} is not built yet. Build it: cqrs projections rebuild {model}, or start a server once."),
            SqliteException { SqliteErrorCode: raw.SQLITE_TOOBIG } => new CliException(ExitCodes.Usage, $"SQLite says: {Words(e)}. A value may have {LargestValue / 1_000_000} MB."),
            SqliteException { SqliteErrorCode: raw.SQLITE_ERROR } => new CliException(ExitCodes.Usage, $"SQLite says: {Words(e)}. cqrs sql --tables lists tables and columns."),
            InvalidOperationException => new CliException(ExitCodes.Usage, "There is nothing to fill parameters with. Write the values themselves."),
            _ => e,
        };

        try
        {
            EnsureOne(statement);
            var command = _connection.CreateCommand();
            command.CommandText = statement;
            return new(command, command.ExecuteReader(), Failure);
        }
        catch (Exception e) when (e is SqliteException or InvalidOperationException)
        {
            throw Failure(e);
        }
    }

    public void Dispose() => _connection.Dispose();

    private void Prepare(string log, string models, EventTypes types)
    {
        _connection.Open();
        _connection.CreateFunction<byte[]?, string?>("cqrs_id", static bytes => bytes is { Length: 16 } ? new Guid(bytes, bigEndian: true).ToString() : null, isDeterministic: true);
        _connection.CreateFunction<string?, long, string?>("cqrs_personal", Personal);
        _connection.CreateFunction<byte[], long, string?>("cqrs_data", Data);
        Attach(log, SqlViews.Log);
        _views.AddEvents(types);
        var missing = new List<string>();
        if (Attach(SqliteProjection.PathOf(models, new UsersModel()), SqlViews.Users)) _views.AddUsers();
        else missing.Add("users");
        if (Attach(SqliteProjection.PathOf(models, new ConnectionsModel()), SqlViews.Connections)) _views.AddConnections();
        else missing.Add("connections");
        MissingModels = missing;
        foreach (var statement in _views.Create()) Run(statement);

        // SQLite registers these with an internal write to its schema, which the guard would refuse.
        Run($"SELECT 1 FROM {string.Join(", ", SqlViews.JsonTables.Select(table => $"{table}('[]')"))}");
        Run("PRAGMA query_only = ON");
        raw.sqlite3_limit(_connection.Handle, raw.SQLITE_LIMIT_LENGTH, LargestValue);
        _guard.Watch(_connection.Handle!);
    }

    // Attached read-only; a server may be writing to the file.
    private bool Attach(string path, string name)
    {
        if (!File.Exists(path)) return false;
        try
        {
            Attach($"file:{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}?mode=ro");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN)
        {
            Attach(ReadOnlyFile.UriOf(path));
        }

        Run($"PRAGMA {name}.mmap_size = 1073741824");
        return true;

        void Attach(string uri) => Run($"ATTACH '{uri.Replace("'", "%27", StringComparison.Ordinal)}' AS {name}");
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void EnsureOne(string statement)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_connection.Handle, statement, out var first, out var rest), _connection.Handle);
        using (first)
        {
            if (first is null or { IsInvalid: true }) throw new CliException(ExitCodes.Usage, "This asks nothing. For example: cqrs sql \"select count(*) from events\".");
        }

        // White space and comments after the statement are no second statement.
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_connection.Handle, rest, out var second, out _), _connection.Handle);
        using (second)
        {
            if (second is not (null or { IsInvalid: true })) throw new CliException(ExitCodes.Usage, "These are several statements. Ask one after the other.");
        }
    }

    private string? MissingModel(string words) => MissingModels.FirstOrDefault(model => words == $"no such table: {model}");

    private string Words(Exception e)
    {
        var words = raw.sqlite3_errmsg(_connection.Handle).utf8_to_string();
        return words.Length == 0 ? e.Message : words;
    }

    // SQLite functions are synchronous, so a key that is not cached blocks this thread until it is loaded.
    private string? Personal(string? subject, long isSealed)
    {
        if (!Guid.TryParse(subject, out var id)) return null;
        return _personal.WordAsync(new(id), isSealed != 0, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    private string? Data(byte[] data, long isJson)
    {
        var recorded = new RecordedEvent(default, "", 0, default, "", default, data, default, isJson != 0);
        var shown = _personal.ShowAsync(recorded, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return shown?.ToJsonString(JsonText.Options);
    }
}

/// <summary>The rows of an answer, one after the other. Columns of one name are numbered: <c>id</c>, <c>id_2</c>.</summary>
internal sealed class SqlAnswer(SqliteCommand command, SqliteDataReader reader, Func<Exception, Exception> failure) : IDisposable
{
    public IReadOnlyList<string> Columns { get; } = UniqueNames.Of([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]);

    public bool Read()
    {
        try
        {
            return reader.Read();
        }
        catch (SqliteException e)
        {
            throw failure(e);
        }
    }

    public JsonValue? Value(int column) => reader.GetValue(column) switch
    {
        DBNull => null,
        long number => JsonValue.Create(number),
        double number when double.IsFinite(number) => JsonValue.Create(number),
        // JSON has no number for it; the text is that of JSON.parse and of other programs.
        double number => JsonValue.Create(number > 0 ? "Infinity" : "-Infinity"),
        byte[] blob => JsonValue.Create(Convert.ToHexStringLower(blob)),
        var text => JsonValue.Create(text.ToString()),
    };

    public void Dispose()
    {
        reader.Dispose();
        command.Dispose();
    }
}
