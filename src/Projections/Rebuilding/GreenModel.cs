using System.Reflection;
using Cqrs.Domain.Decisions;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Rebuilding;

/// <summary>
/// The model that is being built: a file beside the live one, filled in large transactions, checkpoint included. What
/// is committed is there when the build is taken up again, after a power cut too.
/// </summary>
internal sealed class GreenModel : IDisposable
{
    private readonly ISqliteModel _model;
    private readonly ModelFile _file;
    private readonly string _builder = Guid.NewGuid().ToString("N");
    private SqliteTables.Transaction? _transaction;
    private CheckpointAnchor? _anchor;

    public GreenModel(ISqliteModel model, ModelFile file)
    {
        (_model, _file) = (model, file);
        Position = file.Position;
        _file.Tables.Execute("CREATE TABLE IF NOT EXISTS builder (id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL)");
        _file.Tables.Run("INSERT INTO builder (id, token) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET token = excluded.token", _builder);
    }

    /// <summary>Everything up to here has been applied, though perhaps not yet committed.</summary>
    public LogPosition Position { get; private set; }

    /// <summary>The checkpoint that was committed last.</summary>
    public Checkpoint Checkpoint => _file.ReadCheckpoint();

    /// <summary>Events applied since the last commit.</summary>
    public int Uncommitted { get; private set; }

    /// <summary>Takes up what lies there, if this code began it; else begins anew.</summary>
    public static GreenModel Open(Generations generations, int generation, ISqliteModel model)
    {
        var path = generations.BuildingPathOf(generation);
        var file = ModelFile.OpenToFill(path, model);
        if (file.Fingerprint == model.Fingerprint) return new(model, file);
        file.Dispose();
        generations.DeleteBuilding(generation);
        return new(model, ModelFile.OpenToFill(path, model));
    }

    /// <exception cref="RebuildStoppedException">An event cannot be applied; what was committed before it is kept.</exception>
    public void Apply(DecodedPage page)
    {
        _transaction ??= _file.Tables.Begin();
        foreach (var projected in page.Events)
        {
            try
            {
                _model.Apply(_file.Tables, projected);
            }
            catch (Exception e) when (ProjectionRunner.IsAboutAnEvent(e))
            {
                throw new RebuildStoppedException(new(projected.Position, projected.Stream, e.GetType().Name, projected.Event.GetType().GetCustomAttribute<EventNameAttribute>()?.Name, FailureText.Of(e)), e);
            }
        }

        (Position, Uncommitted) = (page.Position, Uncommitted + page.Events.Count);
        _anchor = page.Anchor ?? _anchor;
    }

    /// <exception cref="LeaseHeldException">Somebody else has taken the build over.</exception>
    public void Commit()
    {
        if (_transaction is not { } transaction) return;
        if (_file.Tables.Number("SELECT 1 FROM builder WHERE token = $1", _builder) is null || !_file.TryMove(_file.Position, Position, _anchor))
            throw new LeaseHeldException(_model.Name);
        transaction.Commit();
        _file.Moved(Position);
        (_transaction, Uncommitted) = (null, 0);
    }

    /// <summary>Makes the indexes that were left for last. Repeating it does nothing.</summary>
    public void MakeIndexes() => _file.Tables.Execute(_model.Indexes);

    /// <summary>Takes over what others left word of for whoever runs the projection.</summary>
    public void TakeOver(WrittenStatus? status)
    {
        if (status is null) return;
        _file.Tables.Run(
            "UPDATE status SET state = $1, seen = $2, asked = $3, answered = $4",
            (int)(status.State is ProjectionState.Stopped or ProjectionState.NotOfThisLog ? ProjectionState.CatchingUp : status.State), status.Seen.ToUnixTimeMilliseconds(), status.Asked, status.Answered);
    }

    /// <summary>Puts everything on the disk and into the one file.</summary>
    public void Settle() => _file.Tables.Settle();

    public void Dispose()
    {
        _transaction?.Dispose();
        _file.Dispose();
    }
}
