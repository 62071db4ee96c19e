using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cqrs.Story.Tests.Messaging;

namespace Cqrs.Story.Tests.Standards;

/// <summary>A body that stops arriving is answered with 408 (RFC 9110, section 15.5.9), and nothing is stored.</summary>
public sealed class StalledBodyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly StoryServer server = fixture.Server;

    [Theory]
    [InlineData("Content-Length: 500", "{\"firstName\":")]
    [InlineData("Transfer-Encoding: chunked", "5\r\n{\"fir\r\n")]
    public async Task A_command_whose_body_stalls_is_a_request_timeout(string framing, string begun)
    {
        var head = await server.HeadAsync();
        CheckProblem(await SendAsync($"POST /registrations HTTP/1.1\r\nHost: {Authority}\r\n{framing}\r\n\r\n{begun}"));
        (await server.HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task An_upload_that_stalls_is_a_request_timeout_and_leaves_nothing()
    {
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        var url = new Uri((await ada.AsksUploadAsync(1000, 100)).Url);
        CheckProblem(await SendAsync(
            $"PUT {url.PathAndQuery} HTTP/1.1\r\nHost: {Authority}\r\nContent-Type: video/mp4\r\nContent-Length: 100\r\n\r\nhalf"));
        (await bob.AskDownloadAsync(bob.Grant.In, 1000)).ShouldBeProblem("unknown-video");
        Directory.EnumerateFiles(Path.Combine(server.Data.Path, "videos", "incoming")).ShouldBeEmpty();
    }

    private string Authority => server.Client.BaseAddress!.Authority;

    /// <summary>Sends a part of a request, and reads until the server closes the connection.</summary>
    private async Task<string> SendAsync(string part)
    {
        using var socket = new TcpClient(server.Client.BaseAddress!.Host, server.Client.BaseAddress.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(part));
        using var reader = new StreamReader(socket.GetStream(), Encoding.ASCII);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static void CheckProblem(string answer)
    {
        answer.ShouldStartWith("HTTP/1.1 408 ");
        answer.ShouldContain("Content-Type: application/problem+json");
        answer.ShouldContain("Connection: close");
        var problem = JsonDocument.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]).RootElement;
        problem.GetProperty("code").GetString().ShouldBe("request-timeout");
        problem.GetProperty("status").GetInt32().ShouldBe(408);
    }
}
