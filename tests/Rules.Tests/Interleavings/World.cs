using System.Globalization;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Users;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Xunit.Sdk;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>Two nodes on one log, four people, and whatever happens to their commands.</summary>
internal sealed class World : IConnectionsOfUser
{
    public const int Squares = 2;

    private readonly MemoryCheckpoints _checkpoints = new();
    private readonly StoppedClock _clock = new(Start.AddHours(1));
    private readonly Node[] _nodes = new Node[2];
    private readonly List<Request> _requests = [];
    private readonly List<Actor> _actors = [];
    private int _tries;

    public World()
    {
        Codec = new(DomainEvents.All, Keys);
        Watch = new(Codec, Squares);
        Log.OnAppended = Watch.Appended;
        People = new(this);
        for (var i = 0; i < _nodes.Length; i++) _nodes[i] = NewNode();
    }

    public MemoryEventLog Log { get; } = new(new StoppedClock(Start));

    public MemoryKeys Keys { get; } = new();

    public EventCodec Codec { get; }

    public LogWatch Watch { get; }

    public Scheduler Scheduler { get; } = new();

    public People People { get; }

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Plays a schedule on a new world, to the end, and checks all there is.</summary>
    public static World Play(int registered, IEnumerable<Step> steps)
    {
        var world = new World();
        for (var person = 0; person < registered; person++)
        {
            world.Do(new(Move.Do, Act.Register, person, person, 0, Flag: false));
            world.Do(new(Move.Do, Act.Verify, person, person, 0, Flag: false));
        }

        world.Scheduler.ForgetTrace();
        foreach (var step in steps)
        {
            world.Do(step);
            world.ShouldBeFaultless();
        }

        world.ComeToRest();
        AtRest.ShouldBeRight(world);
        return world;
    }

    public void Fail(string why) => throw new XunitException($"{why}\n\nThe schedule, as it ran:\n{Scheduler.Trace}");

    /// <summary>No more than the contract of the lists promises: nothing that is newer than asked for.</summary>
    ValueTask<IReadOnlyList<ConnectionId>> IConnectionsOfUser.FindAsync(UserId user, LogPosition atLeast, CancellationToken cancel)
    {
        var found = Watch.ConnectionsOf(user).Select(pair => pair.Id).Where(id =>
            Watch.ConnectionAt(id, atLeast) is { } then && then.IsParty(user) && !(then.Phase == ConnectionPhase.Apart && then.ContactOf is null));
        return new([.. found]);
    }

    private void Do(Step step)
    {
        switch (step.Move)
        {
            case Move.Do when People.Ask(step) is { } request:
                _requests.Add(request);
                Scheduler.Finish(Begin(request, step.Node));
                break;
            case Move.Begin when People.Ask(step) is { } request:
                _requests.Add(request);
                Begin(request, step.Node);
                break;
            case Move.Repeat when _requests.Count > 0:
                var again = Begin(_requests[^(1 + (step.Which / 2 % _requests.Count))], step.Node);
                if (step.Flag) Scheduler.Finish(again);
                break;
            case Move.Release when Waiting(step) is { } operation:
                Scheduler.Release(operation);
                break;
            case Move.Finish when Waiting(step) is { } operation:
                Scheduler.Finish(operation.Actor);
                break;
            case Move.Fail when Waiting(step) is { } operation:
                Scheduler.Fail(operation, step.Flag);
                break;
            case Move.Crash:
                Crash(step);
                break;
            case Move.Keep:
                Keep(step.Node, 1 + step.By);
                break;
            case Move.CloseForgotten:
                CloseForgotten(step.Node, 1 + step.By);
                break;
        }
    }

    private void Crash(Step step)
    {
        var waiting = Scheduler.Pending.Where(operation => operation.Actor.Node == step.Node).ToList();
        Scheduler.Crash(step.Node, step.Flag && waiting.Count > 0 ? waiting[step.By % waiting.Count] : null);
        _actors.RemoveAll(actor => actor.Node == step.Node);
        _nodes[step.Node] = NewNode();
    }

    private void ComeToRest()
    {
        Scheduler.Note("-- coming to rest --");
        Scheduler.FinishAll();
        for (var rounds = 0; ; rounds++)
        {
            var head = Watch.All.Count;
            CloseForgotten(0, 100);
            Scheduler.FinishAll();
            Keep(0, 100);
            Scheduler.FinishAll();
            if (Watch.All.Count == head) break;
            if (rounds > 20) Fail("The process managers do not come to rest.");
        }

        ShouldBeFaultless();
        if (_actors.Find(actor => !actor.Task.IsCompleted) is { } hanging) Fail($"{hanging.Name} hangs.");
    }

    private Operation? Waiting(Step step) => Scheduler.Pending.Count == 0 ? null : Scheduler.Pending[step.Which % Scheduler.Pending.Count];

    private Actor Begin(Request request, int node)
    {
        var at = Start.AddSeconds(++_tries);
        var name = string.Create(CultureInfo.InvariantCulture, $"[{_tries}] {request.Text} (command {request.Number})");
        return Run(name, node, 1, async actor =>
        {
            try
            {
                Scheduler.Note($"{actor.Name} answers: {await request.RunAsync(_nodes[node], new CommandContext(request.Command, at))}");
            }
            catch (Exception e) when (e is EventLogException or SubjectForgottenException)
            {
                Scheduler.Note($"{actor.Name} answers an error: {e.GetType().Name}");
            }
        });
    }

    private void Keep(int node, int pageSize)
    {
        var follower = _nodes[node].Keeper.Follower();
        follower.OnFailure = (e, _) => Failed(e);
        Run("keeper", node, pageSize, actor => _nodes[node].Keeper.RunAsync(follower, actor.Stop.Token));
    }

    private void CloseForgotten(int node, int pageSize)
    {
        var follower = _nodes[node].Forgetting.Follower();
        follower.OnFailure = (e, _) => Failed(e);
        Run("forgetting", node, pageSize, actor => follower.RunAsync(actor.Stop.Token));
    }

    // Tried again the next time that it runs.
    private void Failed(Exception e)
    {
        Scheduler.Note($"{Scheduler.Current!.Name} meets {e.GetType().Name}");
        Scheduler.Current.Stop.Cancel();
        if (e is not EventLogException) Fail($"{Scheduler.Current.Name} met {e}");
    }

    private Actor Run(string name, int node, int pageSize, Func<Actor, Task> run)
    {
        var actor = new Actor(name, node, pageSize);
        _actors.Add(actor);
        return Scheduler.Begin(actor, run);
    }

    private void ShouldBeFaultless()
    {
        if (Watch.Fault is { } fault) Fail(fault);
        foreach (var actor in _actors)
        {
            // A keeper that reads the head outside its follower's care dies of a failing log, and is started again.
            if (actor.Task.Exception is { InnerException: not EventLogException and var e }) Fail($"{actor.Name}: {e}");
        }

        _actors.RemoveAll(actor => actor.Task.IsCompleted);
    }

    private Node NewNode() => new(
        new ScheduledLog(Log, Scheduler, People.NameOf), new ScheduledKeys(Keys, Scheduler), Keys, _checkpoints, this, Squares, _clock);
}
