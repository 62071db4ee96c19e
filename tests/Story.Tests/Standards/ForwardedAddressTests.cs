using System.Net.Http.Json;

namespace Cqrs.Story.Tests.Standards;

/// <summary>Which address the limits count: behind proxies, and for the forms of one address.</summary>
public sealed class ForwardedAddressTests
{
    private const string Proxies = "--Proxies=127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48";

    [Theory]
    [InlineData("203.0.113.1, 10.0.0.2", "203.0.113.1, 10.9.9.9, 10.0.0.3")]
    [InlineData("203.0.113.1", "203.0.113.1,10.0.0.2")]
    [InlineData("203.0.113.1:5000, 10.0.0.2:80", "203.0.113.1:6000, 10.0.0.2")]
    [InlineData("198.51.100.1, 203.0.113.1, 10.0.0.2", "198.51.100.2, 203.0.113.1, 10.0.0.2")] // the client invents addresses
    [InlineData("10.1.1.1, 203.0.113.1, 10.0.0.2", "127.0.0.1, 203.0.113.1")] // and pretends to be a proxy
    [InlineData("2001:db8:1:2::1, 10.0.0.2", "2001:db8:1:2:ffff::9, 2001:db8:ffff::1")]
    [InlineData("::ffff:203.0.113.1", "203.0.113.1, ::ffff:10.0.0.2")]
    [InlineData("[2001:db8:1:2::1]:4000", "2001:DB8:1:2:0:0:0:2")]
    [InlineData("64:ff9b::203.0.113.1", "203.0.113.1")]
    public async Task Two_requests_of_one_client_count_as_one_address(string first, string second)
    {
        await using var server = await StartAsync();
        (await AskAsync(server, first)).ShouldBe(202);
        (await AskAsync(server, second)).ShouldBeProblem("rate-limited", "retryAt");
    }

    [Theory]
    [InlineData("203.0.113.1, 10.0.0.2", "203.0.113.2, 10.0.0.2")]
    [InlineData("203.0.113.1, 198.51.100.1", "203.0.113.1, 198.51.100.2")] // no trusted proxy wrote the left one
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1")]
    [InlineData("64:ff9b::203.0.113.1", "64:ff9b::203.0.113.2")]
    public async Task Requests_of_two_clients_count_as_two_addresses(string first, string second)
    {
        await using var server = await StartAsync();
        (await AskAsync(server, first)).ShouldBe(202);
        (await AskAsync(server, second)).ShouldBe(202);
    }

    [Fact]
    public async Task Without_trusted_proxies_the_header_is_ignored()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:PerAddress=1");
        (await AskAsync(server, "203.0.113.1")).ShouldBe(202);
        (await AskAsync(server, "203.0.113.2")).ShouldBeProblem("rate-limited", "retryAt");
    }

    [Fact]
    public async Task A_proxy_that_is_not_listed_is_not_believed_even_on_this_machine()
    {
        await using var server = await StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:PerAddress=1", "--Proxies=10.0.0.0/8");
        (await AskAsync(server, "203.0.113.1")).ShouldBe(202);
        (await AskAsync(server, "203.0.113.2")).ShouldBeProblem("rate-limited", "retryAt");
    }

    private static Task<StoryServer> StartAsync() => StoryServer.StartAsync("--Limits:Enabled=true", "--Limits:PerAddress=1", Proxies);

    private static Task<Answer> AskAsync(StoryServer server, string forwarded)
    {
        var body = new { firstName = "Ada", lastName = "", phone = Phone.NewNumber() };
        var request = new HttpRequestMessage(HttpMethod.Post, "/registrations") { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded).ShouldBeTrue();
        return server.SendAsync(request);
    }
}
