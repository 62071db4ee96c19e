using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;
using Cqrs.Projections.Engine;

namespace Cqrs.Projections.Rebuilding;

/// <summary>Events of the log in their order, ready to be applied, and how far the log has been seen with them.</summary>
/// <param name="Anchor">The last of the events; null for a page without any.</param>
internal sealed record DecodedPage(IReadOnlyList<ProjectedEvent> Events, LogPosition Position, bool IsEnd, CheckpointAnchor? Anchor);

/// <summary>
/// Reads the log ahead of whoever applies it: pages are read one after the other, decoded (and opened, where a
/// model asks for it) several at a time, and handed over in order. Only so many are under way, however long the log is.
/// </summary>
internal sealed class DecodedPages(IEventLog log, EventCodec codec, LogFilter filter, Carrying carrying)
{
    // Small pages die young; many of them keep the processors busy while a batch is committed.
    private const int PageSize = 512;
    private static readonly int Ahead = Environment.ProcessorCount * 8;

    /// <summary>Everything after <paramref name="after"/> up to <paramref name="upTo"/>, or up to the end of the log as it then is.</summary>
    /// <exception cref="RebuildStoppedException">An event cannot be read.</exception>
    public async IAsyncEnumerable<DecodedPage> ReadAsync(LogPosition after, LogPosition upTo, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pages = Channel.CreateBounded<Task<DecodedPage>>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => ReadAheadAsync(after, upTo, pages.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancel)) yield return await page;
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAheadAsync(LogPosition after, LogPosition upTo, ChannelWriter<Task<DecodedPage>> pages, CancellationToken cancel)
    {
        try
        {
            for (var isEnd = false; !isEnd;)
            {
                var page = Within(await log.ReadAllAsync(after, PageSize, filter, cancel: cancel), upTo);
                (after, isEnd) = (page.Position, page.IsEnd);
                await pages.WriteAsync(Task.Run(() => DecodeAsync(page, cancel), cancel), cancel);
            }

            pages.Complete();
        }
        catch (Exception e)
        {
            pages.Complete(e);
        }
    }

    private static LogPage Within(LogPage page, LogPosition upTo) =>
        page.Position < upTo ? page : new([.. page.Events.TakeWhile(e => e.Position <= upTo)], upTo, IsEnd: true);

    private async Task<DecodedPage> DecodeAsync(LogPage page, CancellationToken cancel)
    {
        try
        {
            var anchor = page.Events is [.., var last] ? await CheckpointAnchor.OfAsync(log, last, cancel) : null;
            return new(await codec.ForModelAsync(page.Events, carrying, cancel), page.Position, page.IsEnd, anchor);
        }
        catch (Exception e) when (ProjectionRunner.IsAboutAnEvent(e))
        {
            return await FindFaultAsync(page, e, cancel);
        }
    }

    // What failed as a page is taken one by one, so that the event can be named.
    private async Task<DecodedPage> FindFaultAsync(LogPage page, Exception failed, CancellationToken cancel)
    {
        foreach (var recorded in page.Events)
        {
            try
            {
                await codec.ForModelAsync([recorded], carrying, cancel);
            }
            catch (Exception e) when (ProjectionRunner.IsAboutAnEvent(e))
            {
                throw new RebuildStoppedException(new(recorded.Position, recorded.Stream, e.GetType().Name, recorded.Type, FailureText.Of(e)), e);
            }
        }

        throw new RebuildStoppedException(new(page.Position, Stream: null, failed.GetType().Name), failed);
    }
}
