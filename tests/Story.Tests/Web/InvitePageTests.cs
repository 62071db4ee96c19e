using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Cqrs.Story.Tests.Web;

public sealed class InvitePageTests : IAsyncLifetime
{
    private const string Code = "7k3mq9xw2vhd4t8z";
    private const string Ended = "0000000000000000";

    private WebHost host = null!;

    public async Task InitializeAsync()
    {
        host = await WebHost.StartAsync();
        host.Invites.Known[Code] = new("Ada", IsOpen: true);
        host.Invites.Known[Ended] = new(null, IsOpen: false);
    }

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [InlineData("open", "", "Mozilla/5.0 (X11; Linux x86_64)")]
    [InlineData("opened-android", "?opened=1", "Mozilla/5.0 (Linux; Android 14)")]
    [InlineData("opened-ios", "?opened=1", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)")]
    public async Task An_open_invites_page_is_the_approved_one(string name, string query, string userAgent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/i/{Code}{query}");
        request.Headers.UserAgent.ParseAdd(userAgent);
        using var response = await host.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        Approve(await response.Content.ReadAsStringAsync(), name);
    }

    [Fact]
    public async Task An_ended_invite_is_gone_and_names_nobody()
    {
        using var response = await host.Client.GetAsync($"/i/{Ended}");
        response.StatusCode.ShouldBe(HttpStatusCode.Gone);
        Approve(await response.Content.ReadAsStringAsync(), "ended");
    }

    [Theory]
    [InlineData("/i/7k3mq9xw2vhd4t8")]
    [InlineData("/i/7k3mq9xw2vhd4t8zz")]
    [InlineData("/i/7K3MQ9XW2VHD4T8Z")]
    [InlineData("/i/7k3mq9xw2vhd4t8u")]
    [InlineData("/i/7k3mq9xw/vhd4t8z")]
    [InlineData("/i/<script>alert(1)</script>")]
    [InlineData("/i/")]
    [InlineData("/i")]
    public async Task What_cannot_be_a_code_gets_the_friendly_page_and_asks_nobody(string path)
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using var response = await host.Client.SendAsync(new(method, path));
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await response.Content.ReadAsStringAsync()).ShouldContain("<h1>There is no invite here</h1>");
        }

        host.Invites.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_code_gets_the_same_page()
    {
        using var response = await host.Client.GetAsync("/i/1111111111111111");
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldContain("<h1>There is no invite here</h1>");
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("\"onload='x'&", "&quot;onload=&#x27;x&#x27;&amp;")]
    [InlineData("{{code}}", "{{code}}")]
    [InlineData("Zoë", "Zoë")]
    public async Task A_name_is_text_and_nothing_else(string name, string encoded)
    {
        host.Invites.Known[Code] = new(name, IsOpen: true);
        var html = await host.Client.GetStringAsync($"/i/{Code}");

        html.ShouldContain($"<bdi>{encoded}</bdi> <span class=\"keep\">invites you</span>");
        html.ShouldContain($"<title>{encoded} invites you to Squares</title>");
        html.ShouldContain($"<meta property=\"og:title\" content=\"{encoded} invites you to Squares\">");
        if (name != encoded) html.ShouldNotContain(name);
    }

    [Fact]
    public async Task A_name_from_right_to_left_leaves_the_words_around_it_in_place()
    {
        host.Invites.Known[Code] = new("عبد", IsOpen: true);
        var html = await host.Client.GetStringAsync($"/i/{Code}");
        html.ShouldContain("<bdi>عبد</bdi>");
        WebUtility.HtmlDecode(Regex.Match(html, "(?<=<title>).*(?=</title>)").Value).ShouldBe("\u2068عبد\u2069 invites you to Squares");
    }

    [Theory]
    [InlineData("GET", Code)]
    [InlineData("HEAD", Code)]
    [InlineData("GET", Ended)]
    [InlineData("GET", "unknown")]
    [InlineData("POST", Code)]
    public async Task Every_answer_carries_the_same_careful_headers(string method, string code)
    {
        using var response = await host.Client.SendAsync(new(new(method), $"/i/{code}"));

        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Server" or "Content-Length" or "Content-Type" or "Location" or "Transfer-Encoding"))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal);
        Approve(string.Join('\n', headers), "headers", "txt");
    }

    [Fact]
    public async Task The_policy_allows_exactly_the_style_and_the_script_of_the_page()
    {
        using var response = await host.Client.GetAsync($"/i/{Code}");
        var html = await response.Content.ReadAsStringAsync();
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();

        var style = Regex.Matches(html, "(?<=<style>).*?(?=</style>)", RegexOptions.Singleline).ShouldHaveSingleItem();
        var script = Regex.Matches(html, "(?<=<script[^>]*>).*?(?=</script>)", RegexOptions.Singleline).ShouldHaveSingleItem();
        policy.ShouldContain($"style-src 'sha256-{Hash(style.Value)}';");
        policy.ShouldContain($"script-src 'sha256-{Hash(script.Value)}';");
        html.ShouldNotMatch("\\sstyle=");
        html.ShouldNotMatch("\\son[a-z]+=");
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("HEAD", "")]
    [InlineData("GET", "?opened=1")]
    public async Task Looking_changes_nothing(string method, string query)
    {
        using var response = await host.Client.SendAsync(new(new(method), $"/i/{Code}{query}"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentLength!.Value.ShouldBeGreaterThan(5000);
        if (method == "HEAD") (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        host.Invites.Recorded.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pressing_twice_records_once_and_leads_back_to_the_page()
    {
        for (var press = 0; press < 2; press++)
        {
            using var response = await host.Client.PostAsync($"/i/{Code}", new FormUrlEncodedContent([]));
            response.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            response.Headers.Location!.OriginalString.ShouldBe($"/i/{Code}?opened=1");
        }

        host.Invites.Recorded.ShouldBe([Code]);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Origin", "https://elsewhere.example", false)]
    [InlineData("Origin", "http://127.0.0.1:5080", true)]
    [InlineData("Origin", "null", true)]
    public async Task Another_sites_form_presses_nothing(string header, string value, bool records)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/i/{Code}") { Headers = { { header, value } } };
        using var response = await host.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        response.Headers.Location!.OriginalString.ShouldBe(records ? $"/i/{Code}?opened=1" : $"/i/{Code}");
        host.Invites.Recorded.Count.ShouldBe(records ? 1 : 0);
    }

    [Fact]
    public async Task Pressing_on_an_ended_invite_says_so()
    {
        using var response = await host.Client.PostAsync($"/i/{Ended}", null);
        response.StatusCode.ShouldBe(HttpStatusCode.Gone);
        host.Invites.Recorded.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_the_lookup_fails_the_visitor_is_asked_to_come_again()
    {
        host.Invites.IsDown = true;
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using var response = await host.Client.SendAsync(new(method, $"/i/{Code}"));
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            response.Headers.RetryAfter!.ToString().ShouldBe("30");
            (await response.Content.ReadAsStringAsync()).ShouldNotContain("today");
        }

        host.Log.Count(line => line.Contains(" today", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task Neither_code_nor_name_is_ever_logged()
    {
        host.Invites.Known[Code] = new("Wilhelmine", IsOpen: true);
        await host.Client.GetStringAsync($"/i/{Code}");
        using var pressed = await host.Client.PostAsync($"/i/{Code}", null);
        host.Invites.IsDown = true;
        using var failed = await host.Client.GetAsync($"/i/{Code}");

        host.Log.ShouldNotBeEmpty();
        host.Log.ShouldNotContain(line => line.Contains(Code, StringComparison.Ordinal) || line.Contains("Wilhelmine", StringComparison.Ordinal));
    }

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static void Approve(string text, string name, string extension = "html") => text.ShouldMatchApproved(options => options
        .NoDiff().SubFolder("Approved").WithFileExtension(extension).WithFilenameGenerator((_, _, type, ext) => $"{name}.{type}.{ext}"));
}
