using System.Text;
using System.Text.RegularExpressions;
using Cqrs.Story.Tests.Notifications;

namespace Cqrs.Story.Tests.Secrecy;

public sealed class SecrecyTests : IAsyncLifetime
{
    private readonly List<string> codes = [];
    private readonly List<string> secrets = [];
    private StoryServer server = null!;

    // Everything is logged that can be: what an operator turns on while he looks for a fault must give nobody away.
    public async Task InitializeAsync()
    {
        server = await StoryServer.StartAsync("--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:MassTransit=Trace", "--App:Link=http://127.0.0.1:5080");
        await LiveAsync();
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public void Nothing_personal_or_secret_is_logged()
    {
        server.Log.Lines.Count.ShouldBeGreaterThan(5);
        foreach (var line in server.Log.Lines) ShouldTellNothing(line, $"the line '{line}'");
    }

    [Fact]
    public async Task Nothing_personal_is_in_the_names_of_streams()
    {
        var streams = (await server.RecordedAsync()).Select(e => e.Stream).Distinct().ToList();
        streams.Count.ShouldBeGreaterThan(5);
        foreach (var stream in streams)
        {
            ShouldTellNothing(stream, "a stream's name");
            stream.ShouldMatch(@"\A(user|connection)-[0-9a-f-]{36}\z|\Aphone-[0-9a-f]{32}\z");
        }
    }

    [Fact]
    public void Nothing_personal_or_secret_lies_in_clear_in_the_data_folder()
    {
        var files = Directory.GetFiles(server.Data.Path, "*", SearchOption.AllDirectories);
        files.Select(Path.GetFileName).ShouldContain("log.db");
        files.ShouldContain(file => file.EndsWith("-wal"));
        foreach (var file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);

            // One byte, one character: what is text in the file is text here; then the same in UTF-16.
            ShouldTellNothing(Encoding.Latin1.GetString(bytes.ToArray()), Path.GetFileName(file));
            ShouldTellNothing(Encoding.Unicode.GetString(bytes.ToArray()), Path.GetFileName(file));
        }
    }

    [Fact]
    public void What_is_looked_for_would_be_found()
    {
        foreach (var secret in secrets) Should.Throw<ShouldAssertException>(() => ShouldTellNothing($"x{secret}x", "a test"));
        foreach (var code in codes) Should.Throw<ShouldAssertException>(() => ShouldTellNothing($"{{\"code\":\"{code}\"}}", "a test"));
        (secrets.Count, codes.Count).ShouldBe((27, 5));
    }

    private async Task LiveAsync()
    {
        var ada = await PersonAsync("Wilhelmine", "Okonkwo");
        var bob = Phone.Of(server, "Thaddeus", "Quillfeather");
        var invited = (await ada.InviteAsync("Taddy", "Quilly", bob.Number, "key-of-wilhelmine")).ShouldBe(201);
        var link = new Uri(invited.String("link")).AbsolutePath;
        (await server.GetAsync(link)).ShouldBe(200);
        (await server.SendAsync(new(HttpMethod.Post, link))).ShouldBe(303);
        await RegisterAsync(bob);
        var connection = (await bob.EntryAsync()).ConnectionId;
        await bob.StepsAsync("see", connection);
        (await bob.StepAsync("accept", connection, "key-of-thaddeus")).ShouldBe(200);
        await ada.ListAsync();

        // Devices and pushes.
        var (annsTicket, bobsTicket) = (TicketHolder.Of(server, ada), TicketHolder.Of(server, bob));
        await bobsTicket.HasDeviceAsync(token: "token-of-thaddeus");
        (await annsTicket.NotifyAsync(bobsTicket, data: new { note = "sonnenblume" })).ShouldBe(202);
        (await server.PushesToAsync("token-of-thaddeus", 1)).ShouldHaveSingleItem().Data!["note"].ShouldBe("sonnenblume");
        (await annsTicket.NotifyAsync(bobsTicket, data: new { from = "sonnenblume" })).ShouldBeProblem("invalid-request", "field");
        secrets.AddRange(["token-of-thaddeus", "sonnenblume"]);

        // Refusals and bad input, too.
        (await ada.VerifyAsync("nonsense")).ShouldBeProblem("invalid-request", "field");
        (await ada.VerifyAsync("000000")).ShouldBeProblem("code-expired");
        (await ada.InviteAsync(ada)).ShouldBeProblem("cannot-invite-yourself");
        (await ada.PostAsync("/invites", new { firstName = ada.First, lastName = 7, phone = bob.Number })).ShouldBe(400);
        (await server.GetAsync(link)).ShouldBe(410);
        await bob.StepsAsync("clear", connection);
        await ada.StepsAsync("clear", connection);

        // Somebody registers again, somebody is forgotten.
        await RegisterAsync(new Phone(server, bob.Number, "Thaddaeus", "Quillfeather"));
        var carl = await PersonAsync("Chrysanthemum", "Ignatius");
        await carl.InvitesAsync(ada);
        (await carl.DeleteAsync("/me")).ShouldBe(204);
        await Wait.UntilAsync(ada.ListAsync, list => list.Connections.Count == 0);
        await RegisterAsync(new Phone(server, carl.Number, "Persephone", "Ignatius"));
        secrets.AddRange(["Taddy", "Quilly", link["/i/".Length..], "key-of-wilhelmine", "key-of-thaddeus"]);
    }

    private async Task<Phone> PersonAsync(string first, string last)
    {
        var phone = Phone.Of(server, first, last);
        await RegisterAsync(phone);
        return phone;
    }

    private async Task RegisterAsync(Phone phone)
    {
        (await phone.AskAsync()).ShouldBe(202);
        codes.Add(await phone.CodeAsync());
        (await phone.VerifyAsync(codes[^1])).ShouldBe(200);
        foreach (var secret in new[] { phone.First, phone.Last, phone.Number[3..], phone.Token, phone.MailboxKey.Reveal() })
        {
            if (!secrets.Contains(secret)) secrets.Add(secret);
        }
    }

    private void ShouldTellNothing(string text, string what)
    {
        foreach (var secret in secrets)
            text.Contains(secret, StringComparison.OrdinalIgnoreCase).ShouldBeFalse($"{what} holds {secret}");
        foreach (var code in codes)
            Regex.IsMatch(text, $"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])").ShouldBeFalse($"{what} holds the code {code}");
    }
}
