using System.Security.Cryptography;
using Cqrs.Client.Messaging;
using Cqrs.Client.Notifications;
using Cqrs.Domain.Connections;
using Cqrs.Samples;
using static Cqrs.Phones.NotAsToldException;

namespace Cqrs.Phones;

/// <summary>From the first SMS to a video that was watched. What is shown is checked; what was sent is compared with what arrived.</summary>
internal sealed class Story
{
    private const int VideoLength = 1024 * 1024;

    private readonly Handset _ada;
    private readonly Handset _bob;
    private int _step;

    public Story(HttpClient http, DevOutbox outbox)
    {
        // Numbers of their own for each run, so that the story can be told again on the same server.
        var run = Random.Shared.Next(200_0000, 999_9999);
        _ada = new(http, outbox, "Ada", "Lovelace", $"+1415{run}");
        _bob = new(http, outbox, "Bob", "Babbage", $"+1628{run}");
    }

    public async Task TellAsync()
    {
        await AdaRegistersAsync();
        await AdaInvitesAsync();
        await BobRegistersAsync();
        await BobAcceptsAsync();
        var (video, sent) = await AdaFilmsAsync();
        await BobDownloadsAsync(video, sent);
        await BobWatchesAsync(video);
        await AdaClearsAsync();
    }

    private async Task AdaRegistersAsync()
    {
        var code = await _ada.RegisterAsync();
        Tell("Ada installs the app and registers.", $"The SMS says {code}; her phone sends it back.");
        Unless(!_ada.Squares.Any());
        Show();
    }

    private async Task AdaInvitesAsync()
    {
        var invite = await _ada.User.Connections.InviteAsync("Bobby", "", _bob.Number);
        Unless(invite is { State: ConnectionView.Inviting, InviteeHasApp: false, Link: not null, SmsText: not null });
        Unless(invite.Phone == _bob.Number && invite.SmsText!.EndsWith(invite.Link!, StringComparison.Ordinal));
        Tell("Ada invites Bob, who does not have the app.", "Her phone sends him the SMS that the server wrote:", $"  {invite.SmsText}");
        await _ada.FetchAsync();
        _bob.Message = invite.SmsText!;
        Unless(_ada.Only is { Entry: { State: ConnectionView.Inviting, FirstName: "Bobby" } });
        Show();
    }

    private async Task BobRegistersAsync()
    {
        await _bob.RegisterAsync();
        _bob.Message = "";
        var connection = _bob.Only.Entry.ConnectionId;
        Unless(_bob.Only.Entry is { State: ConnectionView.Invited, FirstName: "Ada" });
        Unless(await _bob.User.Connections.SeeAsync(connection) == ConnectionView.Invited);
        await _ada.PushedAsync("joined");
        Tell("Bob follows the link, installs the app and registers.", "Ada's invite waits for him. He looks at it; she is told that he is here.");
        Show();
    }

    private async Task BobAcceptsAsync()
    {
        Unless(await _bob.User.Connections.AcceptAsync(_bob.Only.Entry.ConnectionId) == ConnectionView.Connected);
        await _bob.FetchAsync();
        await _ada.PushedAsync("accepted");
        await _ada.PollUntilAsync(ada => ada.Only.Entry is { State: ConnectionView.Connected, FirstName: "Bob" }, "Bob has accepted");
        Tell("Bob accepts.", "A push wakes Ada's phone. It polls, sees its bit, and fetches the list.");
        Show();
    }

    private async Task<(long Video, byte[] Sent)> AdaFilmsAsync()
    {
        var (square, sent) = (_ada.Only, RandomNumberGenerator.GetBytes(VideoLength));
        var video = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Tell("Ada films a video for Bob.", "First the bytes, then the mailbox, then the push:");
        var progress = new ProgressLine("uploading", sent.Length);
        using (var content = new MemoryStream(sent))
            await _ada.User.Videos.UploadAsync(square.Entry.ConnectionId, video, content, "video/mp4", progress);

        progress.End($"{sent.Length:N0} bytes");
        await _ada.User.Mailboxes.AnnounceAsync(square.Entry.ConnectionId, video);
        await _ada.User.Notifications.NotifyAsync(square.Entry.ConnectionId, NotificationKinds.NewVideo);
        (square.Sent, _ada.Message) = (video, "");
        await _bob.PushedAsync(NotificationKinds.NewVideo);
        await _bob.PollUntilAsync(bob => bob.Only.HasNew, "there is a new video");
        Unless(_bob.Only.Waiting == video);
        Show();
        return (video, sent);
    }

    private async Task BobDownloadsAsync(long video, byte[] sent)
    {
        var connection = _bob.Only.Entry.ConnectionId;
        Tell("Bob's phone downloads it. In the tunnel the connection is lost;", "behind it the phone goes on where it stopped.");
        using var file = new MemoryStream();
        var first = new ProgressLine("downloading", sent.Length);
        await UntilTheTunnelAsync(connection, video, file, first);
        first.End($"lost after {file.Length:N0} bytes");
        Unless(file.Length is > 0 and < VideoLength);

        var rest = new ProgressLine("going on", sent.Length);
        Unless(await _bob.User.Videos.DownloadAsync(connection, video, file, from: file.Length, rest) == sent.Length);
        rest.End($"{file.Length:N0} bytes");
        Unless(file.ToArray().AsSpan().SequenceEqual(sent), "the bytes that arrived are those that were sent");
        (_bob.Only.Received, _bob.Message) = (video, "");

        await _bob.User.Mailboxes.ReportAsync(connection, video, VideoStatus.Downloaded);
        await _ada.PollUntilAsync(ada => ada.Only.SentStatus is VideoStatus.Downloaded, "Bob has the video");
        Show();
    }

    private async Task BobWatchesAsync(long video)
    {
        var connection = _bob.Only.Entry.ConnectionId;
        _bob.Only.IsViewed = true;
        await _bob.User.Mailboxes.ReportAsync(connection, video, VideoStatus.Viewed);
        await _bob.User.Notifications.NotifyAsync(connection, NotificationKinds.VideoStatus);
        await _ada.PushedAsync(NotificationKinds.VideoStatus);
        await _ada.PollUntilAsync(ada => ada.Only.SentStatus is VideoStatus.Viewed, "Bob has watched the video");
        Tell("Bob watches it.", "The very bytes that Ada sent. Ada's phone shows that he has seen it.");
        Show();
    }

    private async Task AdaClearsAsync()
    {
        var connection = _ada.Only.Entry.ConnectionId;
        Unless(await _ada.User.Connections.ClearAsync(connection) == ConnectionView.None);
        await _ada.FetchAsync();
        _ada.Message = "";
        await _bob.PollUntilAsync(bob => bob.Only.Entry.State is ConnectionView.Contact, "Ada has cleared the square");
        Unless(!_ada.Squares.Any());
        Tell("Ada clears the square.", "The square is free. Bob keeps her as a contact.");
        Show();
    }

    /// <summary>Downloads until the connection is gone, somewhere in the middle.</summary>
    private async Task UntilTheTunnelAsync(Domain.Identity.ConnectionId connection, long video, Stream file, IProgress<long> progress)
    {
        using var tunnel = new CancellationTokenSource();
        try
        {
            await _bob.User.Videos.DownloadAsync(connection, video, file, from: 0, new Lost(progress, VideoLength * 2 / 5, tunnel), tunnel.Token);
        }
        catch (OperationCanceledException) when (tunnel.IsCancellationRequested)
        {
            // As it was meant.
        }
    }

    private void Tell(string what, params string[] details)
    {
        var (bold, plain) = Console.IsOutputRedirected ? ("", "") : ("\e[1m", "\e[0m");
        Console.WriteLine($"{bold}{++_step}. {what}{plain}");
        foreach (var detail in details) Console.WriteLine($"   {detail}");
    }

    private void Show() => Screens.Draw(_ada, _bob);

    private sealed class Lost(IProgress<long> shown, long after, CancellationTokenSource tunnel) : IProgress<long>
    {
        public void Report(long value)
        {
            shown.Report(value);
            if (value >= after) tunnel.Cancel();
        }
    }
}
