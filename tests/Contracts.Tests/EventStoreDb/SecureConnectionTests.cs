using System.Security.Cryptography.X509Certificates;
using Cqrs.Contracts.Tests.Gateway;
using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using static Cqrs.Contracts.Tests.Log.LogFixture;

namespace Cqrs.Contracts.Tests.EventStoreDb;

/// <summary>TLS with an authority of one's own, credentials, certificates of clients, and the cluster asked for its leader.</summary>
public sealed class SecureConnectionTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Certificates _certificates = null!;
    private GatewayProcess _face = null!;

    public async Task InitializeAsync()
    {
        _certificates = Certificates.In(Directory.CreateDirectory(_folder.Path).FullName);
        _face = await GatewayProcess.StartAsync(_folder.Path, "https://127.0.0.1:0", new Dictionary<string, string>
        {
            ["Gateway:Credentials"] = "writer:p@ss word",
            ["Gateway:ReadOnlyCredentials"] = "reader:r",
            ["Gateway:Certificate:Path"] = _certificates.Server,
            ["Gateway:Certificate:KeyPath"] = _certificates.Key,
        });
    }

    public Task DisposeAsync()
    {
        _face.Dispose();
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("esdb")]
    [InlineData("esdb+discover")]
    public async Task Over_TLS_with_its_authority_and_a_password_it_is_a_log_as_any(string scheme)
    {
        await using var log = Connect($"{scheme}://writer:p%40ss%20word@localhost:{_face.Address.Port}?tlsCaFile={_certificates.Authority}");
        var events = Events(3);

        await log.AppendAsync("thing-1", ExpectedVersion.NoStream, events);

        (await log.ReadStreamAsync("thing-1", 0, 10)).Events.Ids().ShouldBe(events.Ids());
        (await log.SubscribeUntilAsync((page, told) => page.IsEnd && told.Count == 3)).Ids().ShouldBe(events.Ids());
    }

    [Fact]
    public async Task Who_may_only_read_reads_and_is_refused_to_append()
    {
        await using var log = Connect($"esdb://reader:r@localhost:{_face.Address.Port}?tlsCaFile={_certificates.Authority}");

        (await log.HeadAsync()).ShouldBe(LogPosition.Start);
        (await Should.ThrowAsync<EventLogException>(log.AppendAsync("thing-1", ExpectedVersion.Any, [Event()]))).Code.ShouldBe(EventLogErrors.Denied);
    }

    [Theory]
    [InlineData("")]
    [InlineData("writer:wrong@")]
    public async Task Without_a_password_that_holds_nobody_gets_in(string credentials)
    {
        await using var log = Connect($"esdb://{credentials}localhost:{_face.Address.Port}?tlsCaFile={_certificates.Authority}");

        var failure = await Should.ThrowAsync<EventLogException>(async () => await log.HeadAsync());

        failure.Code.ShouldBe(EventLogErrors.Denied);
        failure.Message.ShouldNotContain("wrong");
    }

    [Fact]
    public async Task A_certificate_of_an_authority_that_is_not_trusted_is_refused_unless_that_is_asked_for()
    {
        await using var strict = Connect($"esdb://reader:r@localhost:{_face.Address.Port}?defaultDeadline=500");
        await using var careless = Connect($"esdb://reader:r@localhost:{_face.Address.Port}?tlsVerifyCert=false");

        (await Should.ThrowAsync<EventLogException>(async () => await strict.HeadAsync())).Code.ShouldBe(EventLogErrors.Unreachable);
        (await careless.HeadAsync()).ShouldBe(LogPosition.Start);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_certificate_is_shown_it()
    {
        using var own = X509CertificateLoader.LoadPkcs12(
            X509Certificate2.CreateFromPemFile(_certificates.Server, _certificates.Key).Export(X509ContentType.Pkcs12), password: null);
        var shown = "";
        await using var node = await FakeNode.StartAsync(
            async http =>
            {
                shown = (await http.Connection.GetClientCertificateAsync())!.Thumbprint;
                await FakeNode.SendAsync(http, http.Request.Path.Value!.EndsWith("Methods", StringComparison.Ordinal) ? new SupportedMethods() : new ReadResp { LastStreamPosition = 7 });
            },
            listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = own;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            }));
        await using var log = Connect(
            $"esdb://localhost:{node.Port}?tlsCaFile={_certificates.Authority}&userCertFile={_certificates.Server}&userKeyFile={_certificates.Key}");

        (await log.ReadStreamAsync("s", 0, 1)).LastVersion.ShouldBe(7);

        shown.ShouldBe(own.Thumbprint);
    }

    private static EsdbEventLog Connect(string text) => new(ConnectionString.Parse(text));
}
