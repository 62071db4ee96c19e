using System.Net;
using System.Net.Http.Json;

namespace Cqrs.Samples;

/// <summary>
/// What the server would send into the world, as a developer sees it: the stand-in for a phone's own messages.
/// </summary>
internal sealed class DevOutbox(HttpClient http)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(25);
    private const int Glances = 400;

    /// <summary>The code of the newest SMS to a number, once there are more than <paramref name="before"/>.</summary>
    public async Task<string> CodeAsync(string number, int before = 0) =>
        (await WaitAsync(number, sms => sms.Count > before))[^1].Text[..6];

    /// <summary>What came to a number or a device, newest last, once it is what one waits for.</summary>
    /// <exception cref="TimeoutException">It did not come within ten seconds or so.</exception>
    public async Task<IReadOnlyList<Message>> WaitAsync(string to, Func<IReadOnlyList<Message>, bool> isThere)
    {
        for (var glance = 0; glance < Glances; glance++)
        {
            var messages = await ToAsync(to);
            if (isThere(messages)) return messages;
            await Task.Delay(Glance);
        }

        throw new TimeoutException("A message did not come. Is the relay running? Ask /health/ready.");
    }

    private async Task<IReadOnlyList<Message>> ToAsync(string to)
    {
        using var answer = await http.GetAsync(new Uri($"dev/outbox?to={Uri.EscapeDataString(to)}", UriKind.Relative));
        if (answer.StatusCode == HttpStatusCode.NotFound)
            throw new InvalidOperationException("This server sends real messages. The sample reads codes from /dev/outbox, which a development server has.");
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<Message[]>() ?? [];
    }
}

/// <param name="Channel"><c>sms</c> or <c>push</c>.</param>
/// <param name="Data">What the app is given with a push; <c>kind</c> says what it is about.</param>
internal sealed record Message(string Channel, string To, string Text, IReadOnlyDictionary<string, string>? Data = null);
