using Cqrs.Client;
using Cqrs.Client.Notifications;
using Cqrs.Domain.Identity;
using Cqrs.Samples;

namespace Cqrs.Phones;

/// <summary>One person's phone: what it knows, and what its screen shows.</summary>
internal sealed class Handset(HttpClient http, DevOutbox outbox, string first, string last, string number)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(25);
    private const int Glances = 400;

    private readonly SortedDictionary<ConnectionId, Square> _squares = [];
    private UserClient? _user;

    public string Name => first;

    public string Number => number;

    /// <summary>Where the push service of this phone would reach it.</summary>
    public string DeviceToken { get; } = $"phones-{Guid.NewGuid():N}";

    /// <summary>What stands on the lock screen: the last message that came.</summary>
    public string Message { get; set; } = "";

    public bool HasApp => _user is not null;

    public UserClient User => _user ?? throw new InvalidOperationException($"{first} does not have the app.");

    public int SquaresOf { get; private set; } = 8;

    public IEnumerable<Square> Squares => _squares.Values;

    /// <summary>The one person that this phone knows.</summary>
    public Square Only => _squares.Values.Single();

    /// <summary>Installs the app, registers, and tells where pushes go.</summary>
    /// <returns>The code that came by SMS.</returns>
    public async Task<string> RegisterAsync()
    {
        var app = new AppClient(http);
        var pending = await app.RegisterAsync(first, last, number);
        NotAsToldException.Unless(pending.Phone == number);
        var code = await outbox.CodeAsync(number);
        _user = await app.VerifyAsync(pending.RegistrationId, code);
        await _user.Notifications.SetDeviceAsync(Platform.Android, DeviceToken);
        await FetchAsync();
        return code;
    }

    /// <summary>Waits for a push about something; it says that polling now is worth it.</summary>
    public async Task PushedAsync(string kind)
    {
        var pushes = await outbox.WaitAsync(DeviceToken, came => came.Any(IsIt));
        Message = pushes.Last(IsIt).Text;

        bool IsIt(Message push) => push.Data?.GetValueOrDefault("kind") == kind;
    }

    /// <summary>Polls until something is there, as a phone does all day; fetches the list when the poll says so.</summary>
    public async Task PollUntilAsync(Func<Handset, bool> isThere, string what)
    {
        for (var glance = 0; glance < Glances; glance++)
        {
            await PollAsync();
            if (isThere(this)) return;
            await Task.Delay(Glance);
        }

        throw new NotAsToldException($"{first}'s phone should see that {what}.");
    }

    public async Task FetchAsync()
    {
        var list = await User.Connections.ListAsync();
        SquaresOf = list.Squares.Of;
        foreach (var gone in _squares.Keys.Except(list.Connections.Select(entry => entry.ConnectionId)).ToList()) _squares.Remove(gone);
        foreach (var entry in list.Connections)
        {
            if (_squares.TryGetValue(entry.ConnectionId, out var square)) square.Entry = entry;
            else _squares.Add(entry.ConnectionId, new(entry));
        }

        NotAsToldException.Unless(list.Squares.Used == Squares.Count(square => square.IsOnGrid));
    }

    private async Task PollAsync()
    {
        var poll = await User.Mailboxes.PollAsync();
        if (poll.ConnectionsChanged) await FetchAsync();
        foreach (var incoming in poll.In)
        {
            if (!_squares.TryGetValue(incoming.Connection, out var square)) continue;
            square.Waiting = incoming.Video;
            if (incoming.Seen is { } seen && seen.Video == square.Sent) square.SentStatus = seen.Status;
        }
    }
}
