using System.Text.Json;

namespace Cqrs.Story.Tests.Contract;

public sealed class OperationsContractTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task It_says_that_it_is_alive() => (await server.GetAsync("/health/live")).ShouldBe(200);

    [Fact]
    public async Task It_is_ready_and_names_each_dependency()
    {
        var ready = await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => answer.Status == 200);
        ready.ContentType.ShouldStartWith("application/json");
        ready.String("status").ShouldBe("ready");
        var dependencies = ready.Json.GetProperty("dependencies");
        Answer.FieldsOf(dependencies).Split(' ').Length.ShouldBeGreaterThan(0);
        dependencies.EnumerateObject().Select(dependency => dependency.Name).ShouldBe(
            ["log", "keys", "mailboxes", "videos", "projection users", "projection connections", "changed bits", "square-keeper", "forgetting", "sms-relay", "push-relay", "deliveries"]);
        dependencies.EnumerateObject().ShouldAllBe(dependency => dependency.Value.GetProperty("status").GetString() == "ok");
    }

    [Fact]
    public async Task The_outbox_shows_what_would_have_gone_out_newest_last()
    {
        var (ada, bob) = (Phone.Of(server), Phone.Of(server, "Bob"));
        foreach (var phone in new[] { ada, bob })
        {
            await phone.AskAsync();
            await phone.CodeAsync();
        }

        var messages = await server.OutboxAsync();
        messages[^1].ShouldSatisfyAllConditions(
            message => message.To.ShouldBe(bob.Number),
            message => message.Channel.ShouldBe("sms"),
            message => message.Text.ShouldMatch(@"\A\d{6} is your Squares code\. It works once, for 10 minutes\.\z"));
        messages[^2].To.ShouldBe(ada.Number);
        Answer.FieldsOf((await server.GetAsync("/dev/outbox")).Json[0]).ShouldBe("at channel to text");
    }

    [Fact]
    public async Task The_files_that_hand_links_to_the_apps_are_there()
    {
        foreach (var path in new[] { "/.well-known/apple-app-site-association", "/.well-known/assetlinks.json" })
            (await server.GetAsync(path)).ShouldBe(200).ContentType.ShouldBe("application/json");
    }

    [Fact]
    public async Task There_is_a_description_of_the_api() =>
        (await server.GetAsync("/openapi/v1.json")).ShouldBe(200).Json.GetProperty("paths").ValueKind.ShouldBe(JsonValueKind.Object);

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("POST", "/connections/one/two/three")]
    [InlineData("GET", "/")]
    public async Task An_unknown_path_is_a_problem(string method, string path) =>
        (await server.SendAsync(new(new(method), path))).ShouldBeProblem("not-found");

    [Theory]
    [InlineData("GET", "/registrations", "POST")]
    [InlineData("PUT", "/me", "DELETE, GET, HEAD")]
    [InlineData("DELETE", "/connections", "GET, HEAD")]
    [InlineData("GET", "/connections/7f1c7f0e-3a5b-4a35-8a53-1f0f2d1f7a11/accept", "POST")]
    [InlineData("PATCH", "/invites", "POST")]
    public async Task A_wrong_method_is_a_problem_and_the_right_ones_are_named(string method, string path, string allowed)
    {
        var answer = (await server.SendAsync(new(new(method), path))).ShouldBeProblem("method-not-allowed");
        string.Join(", ", answer.ContentHeaders.Allow.Order()).ShouldBe(allowed);
    }

    [Fact]
    public async Task An_invite_that_nobody_sent_has_a_page_that_says_so() =>
        (await server.GetAsync("/i/0000000000000000")).ShouldBe(404).Text.ShouldContain("There is no invite here");
}
