using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;

namespace Cqrs.EventStore.EventStoreDb.Connecting;

/// <summary>The node that is talked to now. Whoever finds it lost says so; the next call then looks for another.</summary>
internal sealed class EsdbConnection(EsdbSettings settings, EsdbOptions options) : IDisposable
{
    private const string Features = "event_store.client.server_features.ServerFeatures/GetSupportedMethods";

    private readonly NodeDirectory _directory = new(settings);
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly Lock _lock = new();

    // One client for each address: it connects again by itself, so nothing piles up over many losses.
    private readonly Dictionary<NodeAddress, GrpcNode> _nodes = [];
    private volatile ConnectedNode? _current;
    private NodeAddress? _leader;

    public EsdbSettings Settings => settings;

    public EsdbOptions Options => options;

    /// <exception cref="NodeLostException">There is none.</exception>
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

    /// <summary>The node failed. Calls to it that are under way end as they may.</summary>
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

    // Servers before 21.10 have neither batches nor this question.
    private async Task<bool> HasBatchesAsync(GrpcNode grpc, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.GossipTimeout);
        try
        {
            var features = await grpc.AskAsync(Features, new Empty(), SupportedMethods.Parser, settings.GossipTimeout, patience.Token);
            return features.Methods.Any(method => method.MethodName.Equals("batchappend", StringComparison.OrdinalIgnoreCase)
                && method.ServiceName.Equals("event_store.client.streams.streams", StringComparison.OrdinalIgnoreCase));
        }
        catch (GrpcCallException e) when (e.Status is GrpcStatus.Unimplemented or GrpcStatus.NotFound)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new NodeLostException($"{grpc.Address} did not answer within {settings.GossipTimeout.TotalSeconds} s.");
        }
    }
}
