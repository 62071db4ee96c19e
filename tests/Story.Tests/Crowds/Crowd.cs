namespace Cqrs.Story.Tests.Crowds;

/// <summary>What two hundred people mean to do: drawn by a seed, so that a failure can be looked at again.</summary>
public sealed class Crowd
{
    public const int Size = 200;
    private const int Early = Size / 2;
    private const int Popular = 10;

    private readonly Random random = new(20_261_123);
    private readonly Dictionary<int, List<int>> invites = [];
    private readonly Dictionary<(int By, int Of), double> mood = [];

    public Crowd(StoryServer server)
    {
        People = [.. Enumerable.Range(0, Size).Select(i => Phone.Of(server, $"First{i}", $"Last{i}"))];
        foreach (var by in Enumerable.Range(0, Size)) invites[by] = Draw(by);
        foreach (var (by, others) in invites)
        {
            foreach (var of in others) mood[(of, by)] = random.NextDouble();
        }
    }

    public IReadOnlyList<Phone> People { get; }

    /// <summary>Those who have the app when the others are still registering.</summary>
    public static IEnumerable<int> Earlier => Enumerable.Range(0, Early);

    public static IEnumerable<int> Later => Enumerable.Range(Early, Size - Early);

    public IReadOnlyList<int> InvitesOf(int person) => invites[person];

    /// <summary>What somebody answers to an invite: null for nothing.</summary>
    public string? AnswerOf(int person, int inviter) => mood[(person, inviter)] switch
    {
        < 0.6 => "accept",
        < 0.75 => "reject",
        < 0.85 => "see",
        _ => null,
    };

    // A few invite more than their grids hold; every fourth invites somebody who invites him.
    private List<int> Draw(int by)
    {
        var others = new HashSet<int>();
        if (by % 4 == 0) others.Add((by + 1) % Size);
        if (by % 4 == 1) others.Add(by - 1);
        var wanted = by < Popular ? 12 : 3;
        while (others.Count < wanted)
        {
            var other = random.Next(Size);
            if (other != by) others.Add(other);
        }

        return [.. others];
    }
}
