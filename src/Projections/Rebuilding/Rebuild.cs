using System.Diagnostics;
using Cqrs.EventStore.Files;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.EventStore.Tables;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Rebuilding;

/// <param name="Position">Everything up to here is in the new model.</param>
/// <param name="Head">The newest event when that was asked last.</param>
/// <param name="Begun">Where this run began; after 0 it goes on with what an earlier one left.</param>
/// <param name="Applied">Events that this run has applied.</param>
public sealed record RebuildProgress(LogPosition Position, LogPosition Head, LogPosition Begun, long Applied);

/// <summary>
/// Builds a read model anew beside the live one and then puts it in that one's place, in one step: the new file is given
/// its name while nobody can write to the old one. Readers are shown the old model or the new one, never less than what
/// they have seen. Killed at any moment it leaves the live model whole, and the next run goes on. Only tables are
/// written: bits and pushes follow other marks and do not fire again. Reasons are in docs/decisions/rebuild.md.
/// </summary>
public sealed class Rebuild(string folder, ISqliteModel model, IEventLog log, EventCodec codec)
{
    /// <summary>What a kill costs at most, and what one transaction holds.</summary>
    private const int BatchSize = 200_000;

    /// <summary>So little is left to writers under whose eyes the model is switched.</summary>
    private const int FewEvents = 256;

    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(2);

    private readonly Generations _generations = new(folder, model.Name);
    private readonly DecodedPages _pages = new(log, codec, model.Filter, new(model.Opens, Checks: false));

    /// <summary>Told every so often how far it has come.</summary>
    public Action<RebuildProgress>? OnProgress { get; set; }

    /// <returns>How it ended.</returns>
    /// <exception cref="LeaseHeldException">Another rebuild of the same projection is under way.</exception>
    /// <exception cref="RebuildStoppedException">This code cannot apply an event.</exception>
    public async Task<RebuildProgress> RunAsync(CancellationToken cancel)
    {
        using var lease = Lease.Take(folder, model.Name, "rebuild");
        SqliteProjection.Open(folder, model).Dispose();
        _generations.Sweep();
        var blue = _generations.Newest()!.Value;
        var green = await OpenGreenAsync(blue + 1, cancel);
        try
        {
            var progress = new RebuildProgress(green.Position, await log.HeadAsync(cancel), green.Position, 0);
            progress = await CatchUpAsync(green, progress, cancel);
            green.MakeIndexes();
            green.Settle();

            // What came meanwhile, and meanwhile: until it is little.
            for (var before = -1L; progress.Applied - before > FewEvents;)
            {
                before = progress.Applied;
                progress = await CatchUpAsync(green, progress, cancel);
            }

            progress = await SwitchAsync(blue, green, progress, cancel);
            return progress;
        }
        finally
        {
            green.Dispose();
            _generations.Sweep();
        }
    }

    /// <summary>Resumes the file of an earlier run, if that was built from this log.</summary>
    private async Task<GreenModel> OpenGreenAsync(int generation, CancellationToken cancel)
    {
        var green = GreenModel.Open(_generations, generation, model);
        try
        {
            if (await CheckpointCheck.FaultAsync(log, green.Checkpoint, cancel) is null) return green;
        }
        catch
        {
            green.Dispose();
            throw;
        }

        green.Dispose();
        _generations.DeleteBuilding(generation);
        return GreenModel.Open(_generations, generation, model);
    }

    private async Task<RebuildProgress> CatchUpAsync(GreenModel green, RebuildProgress progress, CancellationToken cancel)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            await foreach (var page in _pages.ReadAsync(green.Position, LogPosition.End, cancel))
            {
                green.Apply(page);
                progress = progress with
                {
                    Position = page.Position,
                    Head = page.Position > progress.Head || page.IsEnd ? await log.HeadAsync(cancel) : progress.Head,
                    Applied = progress.Applied + page.Events.Count,
                };
                OnProgress?.Invoke(progress);
                if (green.Uncommitted < BatchSize && Stopwatch.GetElapsedTime(begun) < BatchTime) continue;
                green.Commit();
                begun = Stopwatch.GetTimestamp();
            }
        }
        catch (OperationCanceledException)
        {
            // Between two pages: what was applied is whole.
        }

        green.Commit();
        cancel.ThrowIfCancellationRequested();
        return progress;
    }

    private async Task<RebuildProgress> SwitchAsync(int blue, GreenModel green, RebuildProgress progress, CancellationToken cancel)
    {
        using var live = SqliteTables.OpenToWrite(_generations.PathOf(blue));
        using var held = live.Begin();

        // From here on the old model does not advance. The log reaches at least its checkpoint, unless it is another log.
        progress = await CatchUpAsync(green, progress, cancel);
        var old = ModelFile.ReadCheckpointAlone(live);
        if (!_generations.IsLive(blue)
            || (green.Position < old.Position && await CheckpointCheck.FaultAsync(log, old, cancel) is null))
        {
            throw new LeaseHeldException(model.Name);
        }

        green.TakeOver(StatusRow.Read(live));
        green.Settle();
        green.Dispose();
        File.Move(_generations.BuildingPathOf(blue + 1), _generations.PathOf(blue + 1), overwrite: false);
        DurableFile.FlushFolder(folder);
        return progress;
    }
}
