using Cqrs.Story.Tests.Messaging;

namespace Cqrs.Story.Tests.Contract;

/// <summary>An error names the field with its path.</summary>
public sealed class NestedFieldTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData("""{"seen":5}""", "seen")]
    [InlineData("""{"seen":{}}""", "seen.video")]
    [InlineData("""{"seen":{"status":"viewed"}}""", "seen.video")]
    [InlineData("""{"seen":{"video":"5","status":"viewed"}}""", "seen.video")]
    [InlineData("""{"seen":{"video":0,"status":"viewed"}}""", "seen.video")]
    [InlineData("""{"seen":{"video":5}}""", "seen.status")]
    [InlineData("""{"seen":{"video":5,"status":7}}""", "seen.status")]
    [InlineData("""{"seen":{"video":5,"status":"lost"}}""", "seen.status")]
    [InlineData("""{"seen":{"video":5,"video":6,"status":"viewed"}}""", "seen.video")]
    [InlineData("""{"video":"5"}""", "video")]
    public async Task A_mailbox_names_the_nested_field(string body, string field)
    {
        var (ada, _) = await Messenger.ConnectedAsync(server);
        Named(await ada.WriteAsync(ada.Grant.Out, new StringContent(body)), field);
    }

    [Theory]
    [InlineData("""5""", "data")]
    [InlineData("""{"a":5}""", "data.a")]
    [InlineData("""{"a":{"b":"c"}}""", "data.a")]
    [InlineData("""{"a":null}""", "data.a")]
    [InlineData("""{"a":"\ud800"}""", "data.a")]
    [InlineData("""{"a":"1","a":"2"}""", "data.a")]
    [InlineData("""{"kind":"new-video"}""", "data.kind")]
    [InlineData("""{"google.x":"1"}""", "data")]
    [InlineData("""{"a b":"1"}""", "data")]
    [InlineData("""{"a b":5}""", "data")]
    [InlineData("""{"it's.me":5}""", "data")]
    public async Task A_notification_names_the_entry_of_its_data(string data, string field)
    {
        var (ada, _) = await Messenger.ConnectedAsync(server);
        var body = $$"""{"to":"{{ada.Grant.Peer}}","kind":"new-video","data":{{data}}}""";
        Named(await ada.SendAsync(HttpMethod.Post, "/notifications", new StringContent(body)), field);
    }

    private static void Named(Answer answer, string field)
    {
        var problem = answer.ShouldBeProblem("invalid-request", "field");
        problem.String("field").ShouldBe(field);
        problem.String("detail").ShouldNotContain("body is not a JSON object");
    }
}
