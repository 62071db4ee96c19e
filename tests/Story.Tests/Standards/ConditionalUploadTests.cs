using Cqrs.Story.Tests.Messaging;

namespace Cqrs.Story.Tests.Standards;

/// <summary>Preconditions on an upload, so that two devices of one user do not overwrite each other's video unknowingly.</summary>
public sealed class ConditionalUploadTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Fact]
    public async Task If_None_Match_star_stores_only_the_first_upload()
    {
        var (ada, bob, upload) = await AskedAsync();
        (await PutAsync(upload, "one", ("If-None-Match", "*"))).ShouldBe(200);
        (await PutAsync(upload, "two", ("If-None-Match", "*"))).ShouldBeProblem("precondition-failed");
        (await bob.ReceivesAsync(1000)).ShouldBe("one"u8.ToArray());
        (await PutAsync(await ada.AsksUploadAsync(1001, 3), "new", ("If-None-Match", "*"))).ShouldBe(200);
    }

    [Fact]
    public async Task Of_uploads_at_once_with_If_None_Match_star_one_is_stored()
    {
        var (_, bob, upload) = await AskedAsync();
        var texts = Enumerable.Range(100, 12).Select(number => $"{number}").ToList();
        var answers = await Task.WhenAll(texts.Select(text => PutAsync(upload, text, ("If-None-Match", "*"))));
        var stored = texts.Zip(answers).Where(one => one.Second.Status == 200).ShouldHaveSingleItem().First;
        foreach (var refused in answers.Where(answer => answer.Status != 200)) refused.ShouldBeProblem("precondition-failed");
        System.Text.Encoding.UTF8.GetString(await bob.ReceivesAsync(1000)).ShouldBe(stored);
    }

    [Fact]
    public async Task If_Match_replaces_only_the_version_that_it_names()
    {
        var (_, bob, upload) = await AskedAsync();
        (await PutAsync(upload, "one", ("If-Match", "*"))).ShouldBeProblem("precondition-failed");
        (await PutAsync(upload, "one", ("If-Match", "\"other\""))).ShouldBeProblem("precondition-failed");
        (await bob.AskDownloadAsync(bob.Grant.In, 1000)).ShouldBeProblem("unknown-video");

        var first = (await PutAsync(upload, "one")).ShouldBe(200).Header("ETag").ShouldNotBeNull();
        (await server.GetAsync(await bob.AsksDownloadAsync(1000))).Header("ETag").ShouldBe(first);
        var second = (await PutAsync(upload, "two", ("If-Match", $"\"other\", {first}"))).ShouldBe(200).Header("ETag").ShouldNotBeNull();
        second.ShouldNotBe(first);
        (await PutAsync(upload, "bad", ("If-Match", first))).ShouldBeProblem("precondition-failed");
        (await PutAsync(upload, "bad", ("If-Match", $"W/{second}"))).ShouldBeProblem("precondition-failed");
        (await PutAsync(upload, "bad", ("If-None-Match", $"W/{second}"))).ShouldBeProblem("precondition-failed");
        (await bob.ReceivesAsync(1000)).ShouldBe("two"u8.ToArray());
        (await PutAsync(upload, "six", ("If-Match", "*"))).ShouldBe(200);
        (await PutAsync(upload, "ten", ("If-None-Match", "\"other\""))).ShouldBe(200);
        (await bob.ReceivesAsync(1000)).ShouldBe("ten"u8.ToArray());
    }

    [Fact]
    public async Task Of_uploads_at_once_that_replace_one_version_one_is_stored()
    {
        var (_, bob, upload) = await AskedAsync();
        var first = (await PutAsync(upload, "one")).ShouldBe(200).Header("ETag").ShouldNotBeNull();
        var texts = Enumerable.Range(200, 12).Select(number => $"{number}").ToList();
        var answers = await Task.WhenAll(texts.Select(text => PutAsync(upload, text, ("If-Match", first))));
        var stored = texts.Zip(answers).Where(one => one.Second.Status == 200).ShouldHaveSingleItem().First;
        System.Text.Encoding.UTF8.GetString(await bob.ReceivesAsync(1000)).ShouldBe(stored);
    }

    [Theory]
    [InlineData("If-Match")]
    [InlineData("If-None-Match")]
    public async Task A_precondition_that_cannot_be_read_stores_nothing(string header)
    {
        var (_, bob, upload) = await AskedAsync();
        (await PutAsync(upload, "one", (header, "nonsense"))).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe(header);
        (await bob.AskDownloadAsync(bob.Grant.In, 1000)).ShouldBeProblem("unknown-video");
    }

    private async Task<(Messenger Ada, Messenger Bob, MyUpload Upload)> AskedAsync()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        return (ada, bob, await ada.AsksUploadAsync(1000, 3));
    }

    private Task<Answer> PutAsync(MyUpload upload, string text, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, upload.Url) { Content = new StringContent(text) };
        request.Content.Headers.ContentType = new(upload.Headers["Content-Type"]);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return server.SendAsync(request);
    }
}
