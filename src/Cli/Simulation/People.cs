using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Cli.Simulation;

internal enum Stage
{
    /// <summary>Has no app.</summary>
    Outside,

    Member,

    /// <summary>Has been forgotten.</summary>
    Left,
}

/// <summary>Somebody with a phone.</summary>
internal sealed class Person(string phone, PersonName name, double daysBetweenVisits)
{
    public string Phone { get; } = phone;

    public PersonName Name { get; } = name;

    public double DaysBetweenVisits { get; } = daysBetweenVisits;

    public Stage Stage { get; set; }

    /// <summary>Once a member.</summary>
    public UserId Id { get; set; }

    /// <summary>Those with whom something was, each once.</summary>
    public List<Acquaintance> Acquaintances { get; } = [];

    public void Meets(Person other, ConnectionId connection, DateTimeOffset at)
    {
        Acquaintances.RemoveAll(known => known.Connection == connection);
        Acquaintances.Add(new(other, connection, at));
    }
}

/// <param name="Since">When the newest invite between the two was sent.</param>
internal sealed record Acquaintance(Person Other, ConnectionId Connection, DateTimeOffset Since);

/// <summary>
/// Makes people: common names, and numbers of the exchange 555 of North American areas, which is kept for fiction and
/// information.
/// </summary>
internal sealed class Population(Dice dice)
{
    private const int Lines = 10_000;

    private static readonly string[] First =
    [
        "Ada", "Alan", "Alice", "Amara", "Andrei", "Barbara", "Ben", "Carla", "Chen", "Claude", "Donald", "Edsger", "Emmy", "Farah", "Frances",
        "Grace", "Hana", "Hedy", "Ivan", "Jean", "Jorge", "Joan", "Kamal", "Karen", "Katherine", "Ken", "Leila", "Lin", "Margaret", "Maria",
        "Mei", "Niklaus", "Noor", "Olga", "Omar", "Priya", "Radia", "Ravi", "Rosa", "Samir", "Sofia", "Sophie", "Tim", "Yuki", "Zoë",
    ];

    private static readonly string[] Last =
    [
        "Allen", "Babbage", "Backus", "Berners", "Borg", "Byron", "Conway", "Dijkstra", "Easley", "Estrin", "Feinler", "Floyd", "Goldberg",
        "Hamilton", "Hopper", "Ito", "Johnson", "Karp", "Kay", "Keller", "Kim", "Knuth", "Lamarr", "Lamport", "Liskov", "Lopez", "Lovelace",
        "Menabrea", "Meyer", "Milner", "Nakamura", "Noether", "Perlman", "Reuter", "Ritchie", "Sammet", "Shannon", "Silva", "Singh", "Turing",
        "Wilkes", "Wing", "Wirth", "Yao", "Zhang", "Zuse",
    ];

    private static readonly int[] Areas =
    [
        201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239, 240, 248, 251,
        252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318,
        319, 320, 321, 323, 325, 330, 331, 334, 336, 337, 339, 347, 351, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412,
        413, 414, 415, 416, 417, 418, 419, 423, 424, 425, 432, 434, 435, 440, 443, 469, 470, 475, 478, 479, 480, 484, 501, 502, 503, 504, 505,
    ];

    private int _made;

    /// <summary>So many people can be made; after that there are no more numbers.</summary>
    public static int Largest => Areas.Length * Lines;

    public bool IsExhausted => _made == Largest;

    public Person Make()
    {
        var (line, area) = Math.DivRem(_made++, Areas.Length);
        var phone = $"+1{Areas[area]}555{(line * 7919) % Lines:D4}";
        return new(phone, PersonName.TryMake(dice.OneOf(First), dice.OneOf(Last))!, dice.Between(0.8, 6));
    }
}
