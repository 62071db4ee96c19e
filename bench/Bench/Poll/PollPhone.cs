using System.Diagnostics;
using Cqrs.Bench.Http;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;

namespace Cqrs.Bench.Poll;

/// <summary>A phone with a full grid. Its ticket is signed here: messaging asks for nothing else.</summary>
internal sealed class PollPhone(RawClient client, int number, string ticket) : IDisposable
{
    public const int Grants = 8;
    public const string Keys = "0:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private readonly byte[] _whole = RawClient.Request("GET", "/mailboxes", ticket, body: null);
    private byte[]? _unchanged;
    private long _video;

    public static async Task<PollPhone> ConnectAsync(int port, int number)
    {
        if (!TokenKeys.TryParse(Keys, out var keys, out var error)) throw new InvalidOperationException(error);
        var now = DateTimeOffset.UtcNow;
        var grants = Enumerable.Range(0, Grants).Select(i => new Grant(Name(number, i), Name(number, i), default));
        var ticket = Tickets.Sign(new(default, new BitName((UInt128)number), now, now.AddHours(1), [.. grants]), keys);
        var phone = new PollPhone(await RawClient.ConnectAsync(port), number, ticket);
        for (var i = 0; i < Grants; i++) await phone.WriteAsync(i);
        return phone;
    }

    /// <summary>A poll that answers everything.</summary>
    public async Task<TimeSpan> PollAsync() => await SendAsync(_whole, 200);

    /// <summary>A poll that says what it knows; asked again when that is no more.</summary>
    public async Task<TimeSpan> PollUnchangedAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        if (_unchanged is null || (await client.SendAsync(_unchanged)).Status != 304)
        {
            await client.SendAsync(_whole);
            _unchanged = RawClient.Request("GET", "/mailboxes", ticket, body: null, client.ETag);
        }

        return Stopwatch.GetElapsedTime(begun);
    }

    /// <summary>Tells of a new video in one of the mailboxes.</summary>
    public async Task<TimeSpan> WriteAsync(int mailbox) => await SendAsync(
        RawClient.Request("PUT", $"/mailboxes/{Name(number, mailbox % Grants)}", ticket, $$"""{"video":{{1_767_225_600_000 + ++_video}}}"""), 204);

    public void Dispose() => client.Dispose();

    private static MailboxName Name(int number, int grant) => new(((UInt128)number << 100) + ((UInt128)grant << 64) + 1);

    private async Task<TimeSpan> SendAsync(byte[] request, int expected)
    {
        var begun = Stopwatch.GetTimestamp();
        var (status, _) = await client.SendAsync(request);
        if (status != expected) throw new InvalidOperationException($"The server answered {status}, not {expected}.");
        return Stopwatch.GetElapsedTime(begun);
    }
}
