using Cqrs.EventStore.EventStoreDb.Wire;
using Grpc.Core;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>The node that calls go to now. A call that finds it lost gives it up; the next call then looks for another.</summary>
internal sealed class EsdbConnection(EsdbSettings settings, EsdbOptions options) : IDisposable
{
    private readonly NodeDirectory _directory = new(settings);
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly Lock _lock = new();

    // One channel per address. It reconnects by itself, so many losses leave no channels behind.
    private readonly Dictionary<NodeAddress, GrpcNode> _nodes = [];
    private volatile ConnectedNode? _current;
    private NodeAddress? _leader;

    public EsdbSettings Settings => settings;

    public EsdbOptions Options => options;

    /// <exception cref="NodeLostException">No node can be reached.</exception>
    public async ValueTask<ConnectedNode> NodeAsync(CancellationToken cancel)
    {
        if (_current is { } node) return node;
        await _connecting.WaitAsync(cancel);
        try
        {
            return _current ?? await ConnectAsync(cancel);
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>The node failed. Calls to it that are under way are not touched.</summary>
    public void GiveUp(ConnectedNode node, string why)
    {
        lock (_lock)
        {
            if (_current != node) return;
            _current = null;
        }

        options.Report(new(EsdbIncidentKind.NodeLost, $"{node.Grpc.Address}: {why}"));
    }

    /// <summary>The node said that another one leads.</summary>
    public void Redirect(ConnectedNode from, NodeRedirect to)
    {
        lock (_lock)
        {
            if (_current != from) return;
            (_current, _leader) = (null, new(to.Host, to.Port));
        }

        options.Report(new(EsdbIncidentKind.Redirected, $"from {from.Grpc.Address} to {to.Host}:{to.Port}"));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var node in _nodes.Values) node.Dispose();
            _nodes.Clear();
        }

        _connecting.Dispose();
    }

    private async Task<ConnectedNode> ConnectAsync(CancellationToken cancel)
    {
        NodeAddress? leader;
        lock (_lock) (leader, _leader) = (_leader, null);
        var grpc = NodeAt(leader ?? await _directory.FindAsync(cancel));
        var node = new ConnectedNode(grpc, await HasBatchesAsync(grpc, cancel) && options.Batches);
        _current = node;
        return node;
    }

    private GrpcNode NodeAt(NodeAddress address)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(address, out var node)) _nodes[address] = node = new(address, settings);
            return node;
        }
    }

    // The first call to a node, so it also finds out whether the node answers at all: a process that is paused still
    // accepts connections. Servers before 21.10 have neither batches nor this call.
    private async Task<bool> HasBatchesAsync(GrpcNode grpc, CancellationToken cancel)
    {
        var limit = FirstAnswer(settings);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(limit);
        try
        {
            var features = await grpc.FeaturesAsync(limit, patience.Token);
            return features.Methods.Any(method => method.MethodName.Equals("batchappend", StringComparison.OrdinalIgnoreCase)
                && method.ServiceName.Equals("event_store.client.streams.streams", StringComparison.OrdinalIgnoreCase));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unimplemented or StatusCode.NotFound)
        {
            return false;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.DeadlineExceeded)
        {
            throw Silent(e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw Silent(e);
        }

        NodeLostException Silent(Exception e) => new($"{grpc.Address} did not answer within {limit.TotalSeconds} s.", e);
    }

    // A node that does not answer a ping for this long counts as lost; so does one that does not answer the first call.
    private static TimeSpan FirstAnswer(EsdbSettings settings) =>
        settings.KeepAliveTimeout == Timeout.InfiniteTimeSpan || settings.GossipTimeout < settings.KeepAliveTimeout ? settings.GossipTimeout : settings.KeepAliveTimeout;
}
