using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;

namespace Cqrs.Projections.Engine;

/// <summary>
/// A read model in a SQLite file of its own, its checkpoint beside the tables: one transaction moves both, so each
/// event is applied exactly once, whatever is killed. Commits do not wait for the disk; after a power cut the model is
/// whole, a little older, and catches up. When a rebuilt model has taken its place, it goes on with that one.
/// </summary>
public sealed class SqliteProjection : IProjection, IDisposable
{
    private readonly ISqliteModel _model;
    private readonly Generations _generations;
    private readonly PositionSignal _signal = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ModelFile _file;
    private int _generation;

    private SqliteProjection(string folder, ISqliteModel model)
    {
        (_model, _generations) = (model, new(folder, model.Name));
        (_generation, _file) = OpenLive();
        _signal.Set(_file.Position);
    }

    /// <summary>Opens the model that is live in the folder, or makes its first generation.</summary>
    public static SqliteProjection Open(string folder, ISqliteModel model) => new(folder, model);

    /// <summary>The file of the model that is live now; that of the first where there is none yet.</summary>
    public static string PathOf(string folder, ISqliteModel model)
    {
        var generations = new Generations(folder, model.Name);
        return generations.PathOf(generations.Newest() ?? Generations.First);
    }

    public string Name => _model.Name;

    public LogFilter Filter => _model.Filter;

    public IReadOnlySet<string> Opens => _model.Opens;

    public LogPosition Position => _signal.Position;

    public ModelVersion Version => new(_file.Fingerprint, _model.Fingerprint);

    public ValueTask<LogPosition> ReloadAsync(CancellationToken cancel) => AloneAsync(
        () =>
        {
            Reload();
            return Position;
        },
        cancel);

    public ValueTask<Checkpoint> CheckpointAsync(CancellationToken cancel) => AloneAsync(
        () =>
        {
            OpenWhatIsLive();
            return _file.ReadCheckpoint();
        },
        cancel);

    public void GoOnFrom(LogPosition position) => _signal.Set(position);

    public async ValueTask ApplyAsync(
        IReadOnlyList<ProjectedEvent> events, LogPosition upTo, CancellationToken cancel, CheckpointAnchor? anchor = null) => await AloneAsync(
        () =>
        {
            ApplyAlone(events, upTo, anchor);
            return Position;
        },
        cancel);

    public Task WaitAsync(LogPosition position, CancellationToken cancel, bool hurries = false) => _signal.WaitAsync(position, hurries, cancel);

    public Task HurriedAsync() => _signal.HurriedAsync();

    public ValueTask<long> ReportAsync(ProjectionReport report, CancellationToken cancel) => AloneAsync(
        () =>
        {
            var wasReplaced = !_generations.IsLive(_generation);
            if (wasReplaced) Reload();
            _file.Status.Write(report, DateTimeOffset.UtcNow);
            return wasReplaced ? _file.Status.Ask() : _file.Status.Requests().Asked;
        },
        cancel);

    public void Dispose()
    {
        _file.Dispose();
        _gate.Dispose();
    }

    private (int Generation, ModelFile File) OpenLive() => _generations.OpenLive(path => ModelFile.Open(path, _model));

    private void Reload()
    {
        OpenWhatIsLive();

        // Another process may run the projection, and have found that it does not fit the log.
        var isOfThisLog = _file.Status.State() != ProjectionState.NotOfThisLog;
        _signal.Set(isOfThisLog ? _file.ReadPosition() : LogPosition.Start);
    }

    private void OpenWhatIsLive()
    {
        if (_generations.IsLive(_generation)) return;
        var (generation, file) = OpenLive();
        _file.Dispose();
        (_generation, _file) = (generation, file);
    }

    private void ApplyAlone(IReadOnlyList<ProjectedEvent> events, LogPosition upTo, CheckpointAnchor? anchor)
    {
        var from = Position;
        using (var transaction = _file.Tables.Begin())
        {
            // Whoever puts another model in this one's place does so while he keeps us from writing. What is live now
            // stays live until this transaction ends.
            if (!_generations.IsLive(_generation) || !_file.TryMove(from, upTo, anchor)) throw new CheckpointMovedException(Name);
            foreach (var projected in events)
            {
                if (projected.Position > from) _model.Apply(_file.Tables, projected);
            }

            transaction.Commit();
        }

        _signal.Set(upTo);
    }

    private async ValueTask<T> AloneAsync<T>(Func<T> run, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            return run();
        }
        finally
        {
            _gate.Release();
        }
    }
}
