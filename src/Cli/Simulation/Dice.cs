using System.Globalization;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Cli.Simulation;

/// <summary>Everything that happens by chance, the same for the same seed. Guessable: nobody's secrets may come from it.</summary>
internal sealed class Dice(int seed) : IDraws
{
    private const int KeysAtOnce = 256;
    private const string CodeLetters = "0123456789abcdefghjkmnpqrstvwxyz";

    private readonly Random _random = new(seed);
    private readonly Queue<UserId> _newcomers = new();

    /// <summary>The code that was drawn last: who gets the SMS reads it there.</summary>
    public string LastCode { get; private set; } = "";

    /// <summary>
    /// Sees to it that some users have keys before they are named: made one by one, each would be a commit to wait for.
    /// </summary>
    public async ValueTask PrepareAsync(ISubjectKeys keys)
    {
        if (_newcomers.Count > 0) return;
        for (var i = 0; i < KeysAtOnce; i++) _newcomers.Enqueue(new(Id()));
        await Task.WhenAll(_newcomers.Select(user => keys.GetOrCreateAsync(user).AsTask()));
    }

    public bool Chance(double of) => _random.NextDouble() < of;

    public int Number(int below) => _random.Next(below);

    public double Between(double least, double most) => least + ((most - least) * _random.NextDouble());

    /// <summary>A wait for something that may happen at any moment alike.</summary>
    public TimeSpan Waiting(TimeSpan onAverage) => onAverage * -Math.Log(1 - _random.NextDouble());

    public T OneOf<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    /// <summary>A UUID of version 4, but for its source.</summary>
    public Guid Id()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }

    public UserId User() => _newcomers.Dequeue();

    public string VerificationCode() => LastCode = _random.Next(1_000_000).ToString("D6", CultureInfo.InvariantCulture);

    public string InviteCode() => new(_random.GetItems<char>(CodeLetters, Commands.Connections.InviteCode.Length));

    public MailboxKey MailboxKey()
    {
        Span<byte> bytes = stackalloc byte[Domain.Mailboxes.MailboxKey.Size];
        _random.NextBytes(bytes);
        return Domain.Mailboxes.MailboxKey.Read(bytes);
    }
}
