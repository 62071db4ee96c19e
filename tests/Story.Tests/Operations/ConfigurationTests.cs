using Cqrs.Api;
using Cqrs.Api.Configuration;

namespace Cqrs.Story.Tests.Operations;

public sealed class ConfigurationTests : IDisposable
{
    private static readonly string Master = "1:" + Convert.ToBase64String(new byte[32]);
    private static readonly string Tokens = "0:" + new string('A', 43);

    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("Urls", "nonsense")]
    [InlineData("Urls", "")]
    [InlineData("Urls", "http://127.0.0.1:5080;ftp://127.0.0.1:5081")]
    [InlineData("Urls", "http://127.0.0.1:99999")]
    [InlineData("Urls", "http://127.0.0.1:-1")]
    [InlineData("Urls", "http://localhost:many")]
    [InlineData("Urls", "http://127.0.0.1:5080/path")]
    [InlineData("Urls", "http://localhost:0")]
    [InlineData("Urls", "http://two words:5080")]
    [InlineData("Gateway:Urls", "http://127.0.0.1:99999")]
    [InlineData("Gateway:Urls", "http://localhost:many")]
    [InlineData("EventStore", "mongodb://user:secret@somewhere")]
    [InlineData("EventStore", "esdb://user:secret@somewhere:port")]
    [InlineData("Tables", "postgres")]
    [InlineData("Blobs", "s3://bucket")]
    [InlineData("Bus", "kafka")]
    [InlineData("Sms", "pigeon")]
    [InlineData("Push", "pigeon")]
    [InlineData("Roles", "kings")]
    [InlineData("Roles", "")]
    [InlineData("Roles", "commands,7")]
    [InlineData("Roles", "commands,relay")]
    [InlineData("Roles", "notifications,web")]
    [InlineData("Grid:Squares", "0")]
    [InlineData("Grid:Squares", "65")]
    [InlineData("Grid:Squares", "many")]
    [InlineData("Tickets:Minutes", "0")]
    [InlineData("Tickets:Minutes", "1441")]
    [InlineData("Blobs:Days", "0")]
    [InlineData("Blobs:MaxMegabytes", "-1")]
    [InlineData("Limits:Enabled", "perhaps")]
    [InlineData("Limits:PerNumber", "0")]
    [InlineData("Limits:PerAddress", "-1")]
    [InlineData("Limits:PerUser", "1.5")]
    [InlineData("Limits:Server", "99999999999")]
    [InlineData("Limits:Countries", "DE")]
    [InlineData("Limits:Countries", "49,12345")]
    [InlineData("Proxies", "somewhere")]
    [InlineData("Secrets:Master", "hunter2")]
    [InlineData("Secrets:Tokens", "hunter2")]
    [InlineData("App:Link", "squares.example")]
    [InlineData("App:Name", "")]
    [InlineData("App:Name", "\u3164")]
    [InlineData("App:Name", "Squa\nres")]
    [InlineData("Data", "/dev/null/data")]
    [InlineData("Roles", "gateway")]
    [InlineData("Gateway:Urls", "nonsense")]
    [InlineData("Gateway:Urls", "ftp://127.0.0.1:2113")]
    [InlineData("Gateway:Urls", "http://127.0.0.1:2113/path")]
    [InlineData("Gateway:Urls", "http://127.0.0.1:2113;http://0.0.0.0:2113")]
    [InlineData("Gateway:Credentials", "hunter2")]
    [InlineData("Gateway:Credentials", "analyst:secret@1,:hunter2")]
    [InlineData("Gateway:ReadOnlyCredentials", "hunter2:")]
    [InlineData("Gateway:Certificate:Path", "/dev/null/certificate")]
    public void A_wrong_value_is_named_with_its_fault_and_an_example(string setting, string value)
    {
        var fault = Faults("Development", $"--{setting}={value}").ShouldHaveSingleItem();
        fault.ShouldStartWith(setting);
        fault.ShouldMatch("or example|or set ");
        fault.ShouldNotContain("secret@");
        fault.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Every_fault_is_told_at_once() =>
        Faults("Development", "--Grid:Squares=0", "--Bus=kafka", "--Roles=kings").Select(fault => fault.Split(' ')[0])
            .ShouldBe(["Bus", "Roles", "Grid:Squares"]);

    [Fact]
    public void Production_refuses_what_is_good_for_trying_out_only() =>
        Faults("Production").Select(fault => fault.Split(' ')[0]).ShouldBe(["Sms", "Push", "Secrets:Master", "Secrets:Tokens"]);

    [Fact]
    public void Production_refuses_to_do_without_limits() =>
        Faults("Production", "--Limits:Enabled=false", $"--Secrets:Master={Master}", $"--Secrets:Tokens={Tokens}")
            .Select(fault => fault.Split(' ')[0]).ShouldBe(["Sms", "Push", "Limits:Enabled"]);

    [Fact]
    public async Task Secrets_from_the_configuration_are_used()
    {
        await using (var server = await StoryServer.StartAsync(folder, $"--Secrets:Master={Master}", $"--Secrets:Tokens={Tokens}"))
            (await (await Phone.RegisteredAsync(server)).MeAsync()).ShouldBe(200);
        File.Exists(Path.Combine(folder.Path, "master.key")).ShouldBeFalse();
    }

    private IReadOnlyList<string> Faults(string environment, params string[] options)
    {
        string[] args = ["--environment", environment, "--Urls=http://127.0.0.1:0", $"--Data={folder.Path}", .. options];
        return Should.Throw<ConfigurationException>(() => Server.Build(args)).Faults;
    }
}
