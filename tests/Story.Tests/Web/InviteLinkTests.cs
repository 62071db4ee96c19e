using Cqrs.Api.Web;

namespace Cqrs.Story.Tests.Web;

/// <summary>The links of invites in development: they lead to the server that wrote them.</summary>
public sealed class InviteLinkTests
{
    [Theory]
    [InlineData("http://127.0.0.1:6001", "http://127.0.0.1:6001/i/code")]
    [InlineData("http://127.0.0.1:6001;http://127.0.0.1:6002", "http://127.0.0.1:6001/i/code")]
    [InlineData("http://unix:/tmp/cqrs.sock;http://localhost:6002", "http://localhost:6002/i/code")]
    [InlineData("http://127.0.0.1:0;http://127.0.0.1:6002", "http://127.0.0.1:6002/i/code")]
    [InlineData("http://*:6001", "http://127.0.0.1:6001/i/code")]
    [InlineData("http://+:6001", "http://127.0.0.1:6001/i/code")]
    [InlineData("http://0.0.0.0:6001", "http://127.0.0.1:6001/i/code")]
    [InlineData("http://[::]:6001", "http://127.0.0.1:6001/i/code")]
    [InlineData("http://[::1]:6001", "http://[::1]:6001/i/code")]
    [InlineData("https://192.168.1.5:443", "https://192.168.1.5/i/code")]
    [InlineData("http://unix:/tmp/cqrs.sock", "http://127.0.0.1:5080/i/code")]
    public void A_link_has_the_first_address_that_a_browser_can_open(string urls, string link)
    {
        var links = new AppLinks();
        links.ListensOn(urls.Split(';'));
        links.InviteLink("code").ShouldBe(link);
    }

    [Fact]
    public async Task The_link_of_an_invite_opens_on_a_port_that_the_system_chose()
    {
        await using var server = await StoryServer.StartAsync();
        var ada = await Phone.RegisteredAsync(server);
        var invite = (await ada.InviteAsync("Bob", "B", Phone.NewNumber())).ShouldBe(201);

        var link = invite.String("link");
        link.ShouldStartWith($"{server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)}/i/");
        invite.String("smsText").ShouldContain(link);
        var page = await server.SendAsync(new(HttpMethod.Get, link));
        page.ShouldBe(200).Text.ShouldContain($"{server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)}/i/");
    }

    [Fact]
    public async Task A_configured_link_stays()
    {
        await using var server = await StoryServer.StartAsync("--App:Link=https://squares.example/app");
        var ada = await Phone.RegisteredAsync(server);
        (await ada.InviteAsync("Bob", "B", Phone.NewNumber())).String("link").ShouldStartWith("https://squares.example/app/i/");
    }
}
