using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>Keys that were asked for on behalf of one event or one page of events, each subject once.</summary>
internal sealed class KeysAtHand
{
    private readonly Dictionary<UserId, SubjectKeyLookup> _known = [];
    private readonly Dictionary<UserId, Task<SubjectKeyLookup>> _awaited = [];

    public bool IsWaiting => _awaited.Count > 0;

    public SubjectKeyLookup? Find(UserId subject) => _known.TryGetValue(subject, out var lookup) ? lookup : null;

    public void Remember(UserId subject, SubjectKeyLookup lookup) => _known[subject] = lookup;

    public void WaitFor(UserId subject, ValueTask<SubjectKeyLookup> asked)
    {
        _awaited.Add(subject, asked.AsTask());
        Lacking++;
    }

    public void WaitFor(UserId subject, ValueTask<SubjectKey> asked)
    {
        _awaited.Add(subject, AsLookup(asked));
        Lacking++;

        static async Task<SubjectKeyLookup> AsLookup(ValueTask<SubjectKey> asked) => SubjectKeyLookup.Of(await asked);
    }

    /// <summary>How often a key was wanted that is still awaited: who made this grow has to be decoded again.</summary>
    public int Lacking { get; private set; }

    public bool IsAwaited(UserId subject)
    {
        var awaited = _awaited.ContainsKey(subject);
        Lacking += awaited ? 1 : 0;
        return awaited;
    }

    public async Task ArriveAsync()
    {
        await Task.WhenAll(_awaited.Values);
        foreach (var (subject, asked) in _awaited)
            _known[subject] = await asked;

        _awaited.Clear();
    }
}
