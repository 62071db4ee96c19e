using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Cqrs.Api;
using Cqrs.Api.Configuration;
using Cqrs.Story.Tests.CommandLine;

namespace Cqrs.Story.Tests.Operations;

/// <summary>The log over EventStoreDB's protocol, out of the server that apps talk to. The protocol itself: Contracts.Tests.</summary>
public sealed class GatewayTests : IDisposable
{
    // ReadReq: all streams from the start, up to 255 events, no filter, ids as text. Behind a frame's header.
    private static readonly byte[] ReadAll = [0, 0, 0, 0, 15, 0x0a, 13, 0x12, 2, 0x12, 0, 0x28, 0xff, 0x01, 0x42, 0, 0x4a, 2, 0x12, 0];

    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_apps_did_leaves_sealed_as_it_lies_in_the_log()
    {
        await using var server = await StoryServer.StartAsync("--Gateway:Urls=http://127.0.0.1:0");
        var ada = await Phone.RegisteredAsync(server, "Zebulon", "Quartermaine");
        var (status, body) = await ReadAllAsync(FaceOf(server));
        status.ShouldBe("0");
        var text = Encoding.Latin1.GetString(body);
        text.ShouldContain(ada.UserId.ToString());
        text.ShouldContain("$correlationId");
        foreach (var personal in new[] { "Zebulon", "Quartermaine", ada.Number, ada.Number[1..], ada.Token }) text.ShouldNotContain(personal);
    }

    [Fact]
    public async Task Apps_and_analysts_share_no_address()
    {
        await using var server = await StoryServer.StartAsync("--Gateway:Urls=http://127.0.0.1:0");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(FaceOf(server), "/health/live")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        (await http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await server.SendAsync(new(HttpMethod.Post, "/event_store.client.streams.Streams/Read"))).ShouldBeProblem("not-found");
    }

    [Fact]
    public async Task It_is_off_unless_it_has_an_address_and_a_role()
    {
        await using (var server = await StoryServer.StartAsync(folder)) Faces(server).ShouldBeEmpty();
        await using (var server = await StoryServer.StartAsync(folder, "--Roles=commands,queries", "--Gateway:Urls=http://127.0.0.1:0")) Faces(server).ShouldBeEmpty();
        await using (var server = await StoryServer.StartAsync(folder, "--Roles=gateway", "--Gateway:Urls=http://127.0.0.1:0"))
        {
            Faces(server).ShouldHaveSingleItem();
            (await server.GetAsync("/connections")).ShouldBeProblem("not-found");
        }
    }

    [Fact]
    public async Task Who_is_unknown_reads_nothing()
    {
        await using var server = await StoryServer.StartAsync("--Gateway:Urls=http://127.0.0.1:0", "--Gateway:ReadOnlyCredentials=analyst:hunter2");
        await Phone.RegisteredAsync(server);
        (await ReadAllAsync(FaceOf(server))).ShouldBe(("16", []));
        (await ReadAllAsync(FaceOf(server), "analyst:hunter3")).ShouldBe(("16", []));
        (await ReadAllAsync(FaceOf(server), "analyst:hunter2")).Status.ShouldBe("0");
        server.Log.Lines.ShouldNotContain(line => line.Contains("hunter"));
    }

    [Fact]
    public async Task An_address_in_use_stops_the_start_in_one_line()
    {
        await using var server = await StoryServer.StartAsync("--Gateway:Urls=http://127.0.0.1:0");
        var taken = FaceOf(server).GetLeftPart(UriPartial.Authority);
        var fault = (await Should.ThrowAsync<ConfigurationException>(() => StoryServer.StartAsync(folder, $"--Gateway:Urls={taken}"))).Faults.ShouldHaveSingleItem();
        fault.ShouldStartWith($"Gateway:Urls names '{taken}', which another process listens on already");
        (await CqrsShell.RunAsync(["gateway", "--data", folder.Path, "--urls", taken])).ShouldFail(74, "which another process listens on already");
    }

    [Fact]
    public void A_log_that_lies_on_a_server_is_read_there() =>
        Faults("--Gateway:Urls=http://127.0.0.1:2113", "--EventStore=esdb://localhost:2114?tls=false").ShouldHaveSingleItem().ShouldStartWith("Gateway:Urls is set, but EventStore");

    [Fact]
    public void Https_needs_a_certificate_with_its_key()
    {
        Faults("--Gateway:Urls=https://127.0.0.1:2113").ShouldHaveSingleItem().ShouldStartWith("Gateway:Certificate:Path is not set");
        var path = Path.Combine(folder.Path, "gateway.pem");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllBytes(path + ".pfx", certificate.Export(X509ContentType.Pkcs12, "hunter2"));
        File.WriteAllText(path + ".key", key.ExportPkcs8PrivateKeyPem());
        Faults("--Gateway:Urls=https://127.0.0.1:2113", $"--Gateway:Certificate:Path={path}").ShouldHaveSingleItem().ShouldStartWith("Gateway:Certificate:Path");
        Faults($"--Gateway:Certificate:Path={path}.pfx", "--Gateway:Certificate:Password=hunter3").ShouldHaveSingleItem().ShouldNotContain("hunter");
        Should.NotThrow(() => Server.Build(Args($"--Gateway:Certificate:Path={path}.pfx", "--Gateway:Certificate:Password=hunter2")));
        Should.NotThrow(() => Server.Build(Args($"--Gateway:Certificate:Path={path}", $"--Gateway:Certificate:KeyPath={path}.key")));
    }

    [Fact]
    public async Task The_command_needs_an_address() =>
        (await CqrsShell.RunAsync(["gateway", "--data", folder.Path])).ShouldFail(78, "--urls http://127.0.0.1:2113");

    [Fact]
    public async Task The_command_serves_until_it_is_stopped_and_opens_the_log_alone()
    {
        using var stop = new CancellationTokenSource();
        var serving = CqrsShell.RunAsync(["gateway", "--data", folder.Path, "--urls", "http://127.0.0.1:0"], cancel: stop.Token);
        await Wait.UntilAsync(() => Task.FromResult(Directory.GetFiles(folder.Path, "log.db")), files => files.Length > 0);
        stop.Cancel();
        var outcome = await serving;
        outcome.ExitCode.ShouldBe(0);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldContain("speaks EventStoreDB's protocol on http://127.0.0.1:");
        Directory.GetFiles(folder.Path).Select(Path.GetFileName).ShouldAllBe(file => file!.StartsWith("log."));
    }

    private static async Task<(string Status, byte[] Body)> ReadAllAsync(Uri face, string? credential = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(face, "/event_store.client.streams.Streams/Read"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(ReadAll) { Headers = { ContentType = new("application/grpc") } },
        };
        if (credential is not null) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credential)));
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        return (response.TrailingHeaders.Concat(response.Headers).Single(header => header.Key == "grpc-status").Value.Single(), body);
    }

    private static Uri FaceOf(StoryServer server) => Faces(server).ShouldHaveSingleItem();

    private static List<Uri> Faces(StoryServer server) =>
        [.. server.Log.Lines.Select(line => Regex.Match(line, @"EventStoreDB's protocol on (http://\S+[0-9])")).Where(match => match.Success).Select(match => new Uri(match.Groups[1].Value)).Distinct()];

    private string[] Args(params string[] options) => ["--environment", "Development", "--Urls=http://127.0.0.1:0", $"--Data={folder.Path}", .. options];

    private IReadOnlyList<string> Faults(params string[] options) => Should.Throw<ConfigurationException>(() => Server.Build(Args(options))).Faults;
}
