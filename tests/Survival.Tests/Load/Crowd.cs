using Cqrs.Api.Endpoints;
using Cqrs.Domain.Connections;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests.Load;

/// <summary>People who register, invite, accept, reject, cancel and clear, all at once and without end.</summary>
internal sealed class Crowd
{
    private readonly Journal _journal;
    private readonly List<AppUser> _members;
    private readonly Queue<AppUser> _newcomers;
    private readonly List<string> _numbers;

    /// <param name="newcomers">People who are invited long before they register themselves.</param>
    public Crowd(int members, int newcomers, int seed, Journal journal)
    {
        _journal = journal;
        var all = Enumerable.Range(0, members + newcomers).Select(i => new AppUser($"+4917012{i:00000}", seed + i, journal)).ToList();
        _members = all[..members];
        _newcomers = new(all[members..]);
        _numbers = [.. all.Select(user => user.Phone)];
    }

    public IReadOnlyList<AppUser> Members => _members;

    public async Task RegisterAsync(ApiProcess api)
    {
        var registered = await Task.WhenAll(_members.Select(member => member.RegisterAsync(api)));
        registered.ShouldAllBe(ok => ok);
    }

    /// <summary>Goes on until the server is gone, or everybody has done so many things.</summary>
    public async Task LiveAsync(Func<AppUser, ApiProcess> api, int steps = int.MaxValue)
    {
        var newcomers = _newcomers.Take(3).ToList();
        await Task.WhenAll([
            .. _members.Select(member => LiveAsync(member, () => api(member), steps)),
            .. newcomers.Select(newcomer => newcomer.RegisterAsync(api(newcomer))),
        ]);
        Welcome();
    }

    /// <summary>Sends what had a key and got no answer once more, and then again: the second answer must be the first.</summary>
    public async Task<int> RetryAsync(ApiProcess api)
    {
        var retried = _journal.TakeCutOff().Where(command => command.Key is not null).ToList();
        await Task.WhenAll(retried.Select(async command =>
        {
            var first = (await command.Who.SendAsync(api, command)).ShouldNotBeNull();
            var second = (await command.Who.SendAsync(api, command)).ShouldNotBeNull();
            first.Status.ShouldBeLessThan(500, first.Text);
            if (command.Path.EndsWith("/verify", StringComparison.Ordinal)) first.Status.ShouldBeOneOf(200, 422);
            (second.Status, second.Text).ShouldBe((first.Status, first.Text));
        }));
        Welcome();
        return retried.Count;
    }

    /// <summary>What was answered under a key before the crash is answered again, word for word.</summary>
    public async Task RepeatAsync(ApiProcess api, int newest)
    {
        var answered = _journal.Told.Where(told => told.Command is { Key: not null, Who.Token: not null } && told.Status < 500
            && !told.Command.Path.StartsWith("/registrations", StringComparison.Ordinal)).TakeLast(newest).ToList();
        foreach (var told in answered)
        {
            var again = (await told.Command.Who.SendAsync(api, told.Command)).ShouldNotBeNull();
            (again.Status, again.Text, again.Position).ShouldBe((told.Status, told.Text, told.Position), told.Command.Path);
        }
    }

    /// <summary>Every member is shown exactly what the log says.</summary>
    public Task CompareAsync(ApiProcess api, LogAudit audit) => Task.WhenAll(_members.Select(async member =>
    {
        var list = (await member.GetAsync<ConnectionsResponse>(api, "/connections", audit.Head)).ShouldNotBeNull();
        var me = (await member.GetAsync<MeResponse>(api, "/me", audit.Head)).ShouldNotBeNull();
        var user = audit.Users[new(member.Id)];
        list.Connections.ToDictionary(entry => entry.ConnectionId, entry => entry.State)
            .ShouldBe(audit.ListOf(user.Id), ignoreOrder: true, $"list of {member.Phone}");
        list.Squares.Used.ShouldBe(user.Squares.Length);
        me.ShouldBe(new(
            user.Id.Value, user.FirstName!.Text!, user.LastName!.Text!, member.Phone, user.VerifiedAt,
            new(user.Squares.Length, list.Squares.Of)));
    }));

    private async Task LiveAsync(AppUser member, Func<ApiProcess> api, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            if (!await ActAsync(member, api())) return;
        }
    }

    private async Task<bool> ActAsync(AppUser member, ApiProcess api)
    {
        if (member.Dice.Next(100) < 45) return await InviteAsync(member, api);
        if (await member.GetAsync<ConnectionsResponse>(api, "/connections") is not { } list) return false;
        if (list.Connections.Count == 0) return await InviteAsync(member, api);
        var entry = list.Connections[member.Dice.Next(list.Connections.Count)];
        string[] steps = entry.State switch
        {
            ConnectionView.Invited => ["accept", "accept", "reject", "see", "clear"],
            ConnectionView.Rejected => ["acknowledge", "clear"],
            _ => ["clear"],
        };
        return await member.SendAsync(api, $"/connections/{entry.ConnectionId}/{steps[member.Dice.Next(steps.Length)]}") is not null;
    }

    private async Task<bool> InviteAsync(AppUser member, ApiProcess api) =>
        await member.SendAsync(api, "/invites", new { firstName = "Typed", lastName = "Name", phone = _numbers[member.Dice.Next(_numbers.Count)] }) is not null;

    private void Welcome()
    {
        while (_newcomers.TryPeek(out var first) && first.Token is not null) _members.Add(_newcomers.Dequeue());
    }
}
