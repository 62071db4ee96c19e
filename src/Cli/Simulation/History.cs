using Cqrs.Api.Configuration;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Simulation;

/// <summary>What a history is to be like.</summary>
/// <param name="Users">How many people come to the app.</param>
/// <param name="Events">It ends with the command that reaches so many; null: with the last day.</param>
internal sealed record HistoryPlan(int Users, int Days, int Seed, DateTimeOffset From, long? Events)
{
    /// <summary>Squares of each user, and the rest that the server is configured by.</summary>
    public required Settings Settings { get; init; }

    /// <summary>After the last day nothing happens; a history of so many events takes as long as it takes.</summary>
    public DateTimeOffset End => Events is null ? From + TimeSpan.FromDays(Days) : DateTimeOffset.MaxValue;
}

/// <summary>
/// A believable history: the command handlers of the product, run by people made of chance, at the times of a clock that
/// jumps from one event to the next. The same plan gives the same history, but for what the keys of the store decide
/// (names of number streams, ciphertexts).
/// </summary>
internal sealed class History : IAsyncDisposable
{
    private const double Growth = 15;

    private readonly HistoryPlan _plan;
    private readonly Agenda _agenda;
    private readonly Dice _dice;
    private readonly Society _society;
    private readonly WriteSide _side;
    private readonly Registrations _registrations;
    private int _came;

    public History(HistoryPlan plan)
    {
        _plan = plan;
        (_agenda, _dice) = (new(plan.From), new(plan.Seed));
        _society = new(_agenda, _dice);
        _side = new(plan.Settings, _agenda, _dice, _society);
        Registrations? registrations = null;
        var visits = new Visits(_society, _agenda, _dice, _side, plan.Settings.Squares) { RegisterAgain = person => registrations!.RegisterAsync(person) };
        _registrations = registrations = new(_society, _agenda, _dice, _side) { OnJoined = visits.Begin };
    }

    public int Members => _society.Members;

    public long Events => _side.Log.Events;

    public IReadOnlyDictionary<string, long> EventsByType => _side.Log.EventsByType;

    /// <summary>The moment that the history has come to.</summary>
    public DateTimeOffset Now => _agenda.Now;

    /// <summary>About how much of it has happened, 0 to 1.</summary>
    public double Done => _plan.Events is { } events ? (double)Events / events : GrownTo((Now - _plan.From) / TimeSpan.FromDays(_plan.Days));

    public async Task<LogPosition> HeadAsync() => await _side.Log.HeadAsync();

    /// <summary>Lets it happen, to its end or until cancelled; what has happened by then is durable when this returns.</summary>
    /// <param name="onStep">Called after each command.</param>
    /// <exception cref="WrongExpectedVersionException">Somebody else writes to the log.</exception>
    public async Task RunAsync(Action onStep, CancellationToken cancel)
    {
        ExpectNewcomer();
        try
        {
            while (!cancel.IsCancellationRequested && !(Events >= _plan.Events) && _agenda.Next(_plan.End) is { } happens)
            {
                await _dice.PrepareAsync(_side.Keys);
                await happens();
                await _side.Log.KeepUpAsync();
                onStep();
            }
        }
        finally
        {
            await _side.Log.FlushAsync();
        }
    }

    public ValueTask DisposeAsync() => _side.DisposeAsync();

    // Growth as it is where each brings some others: the number at day t is proportional to (1 + Growth)^(t / Days) - 1.
    private void ExpectNewcomer()
    {
        if (_plan.Events is null && _came == _plan.Users) return;
        var share = (_came++ + _dice.Between(0, 1)) / _plan.Users;
        _agenda.At(_plan.From + (TimeSpan.FromDays(_plan.Days) * (Math.Log(1 + (Growth * share)) / Math.Log(1 + Growth))), async () =>
        {
            ExpectNewcomer();
            if (_society.Newcomer() is { } newcomer) await _registrations.RegisterAsync(newcomer);
        });
    }

    private static double GrownTo(double share) => (Math.Pow(1 + Growth, Math.Min(1, share)) - 1) / Growth;
}
