using System.Runtime.CompilerServices;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Reading;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Following;
using Cqrs.EventStore.Log;
using Grpc.Core;

namespace Cqrs.EventStore.EventStoreDb.Subscribing;

/// <summary>
/// A catch-up subscription to all streams, over as many calls as it takes: each call begins after the last position of the
/// one before, so no event is left out or delivered twice. It reads in large steps until it has caught up, then event by
/// event. When a call has been silent for long, the log itself is asked for events that it should have delivered.
/// </summary>
internal sealed class AllSubscription(EsdbConnection connection, Attempts attempts, EsdbReader reader, LogFilter? filter, int maxPageSize)
{
    private static readonly GrowingWait Wait = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));

    private readonly ServerFilter _filter = new(filter);

    public async IAsyncEnumerable<LogPage> FollowAsync(LogPosition after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (position, live, failures) = (after, false, 0);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var (feed, failure) = await BeginAsync(position, live, cancel);
            if (feed is not null)
            {
                await using (feed)
                {
                    while (true)
                    {
                        LogPage? page = null;
                        try
                        {
                            page = await feed.NextAsync(maxPageSize, cancel);
                        }
                        catch (Exception e) when (e is NodeLostException or RpcException or GrpcFormatException or SubscriptionSilentException)
                        {
                            failure = e;
                        }

                        if (page is null) break;
                        (position, failures) = (page.Position, 0);
                        yield return page;

                        // Caught up: the next call delivers each event on its own, and a checkpoint for each that is filtered out.
                        if (page.IsEnd && !live) break;
                    }

                    live |= feed.HasCaughtUp;
                }

                if (failure is null) continue;
                Report(feed.Node, failure);
                live = false;
            }

            if (failure is not SubscriptionSilentException && !attempts.Passes(feed?.Node, failure!)) throw attempts.InWords(failure!);
            await Task.Delay(Wait.After(failures++), cancel);
        }
    }

    private async Task<(SubscriptionFeed? Feed, Exception? Failure)> BeginAsync(LogPosition position, bool live, CancellationToken cancel)
    {
        try
        {
            var node = await connection.NodeAsync(cancel);
            return (SubscriptionFeed.Begin(node, position, _filter, live, connection.Options.Silence, AwaitedAsync, cancel), null);
        }
        catch (Exception e) when (e is NodeLostException or RpcException or GrpcFormatException)
        {
            return (null, e);
        }
    }

    /// <summary>Events after the position, read by a call of its own.</summary>
    private Task<LogPage> AwaitedAsync(LogPosition position, CancellationToken cancel) =>
        reader.AllAsync(position, 1, filter ?? new LogFilter(), ReadDirection.Forwards, cancel);

    private void Report(ConnectedNode node, Exception failure)
    {
        var kind = failure is SubscriptionSilentException ? EsdbIncidentKind.SubscriptionSilent : EsdbIncidentKind.SubscriptionBroken;
        connection.Options.Report(new(kind, $"{node.Grpc.Address}: {failure.Message}"));
    }
}

/// <summary>The log has events that the subscription should have delivered, and did not.</summary>
internal sealed class SubscriptionSilentException(LogPosition at)
    : Exception($"The subscription is silent at position {at}, though there are events after it.");
