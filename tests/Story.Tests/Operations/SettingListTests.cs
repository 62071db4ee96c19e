using System.Text;
using Cqrs.Api.Configuration;
using Microsoft.Extensions.Configuration;

namespace Cqrs.Story.Tests.Operations;

/// <summary>Settings that hold a list, as one text and as an array; settings that hold one value, as an array.</summary>
public sealed class SettingListTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_list_setting_takes_an_array()
    {
        var (one, other) = (Convert.ToBase64String(new byte[32]), Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray()));
        var settings = Read($$"""
            {
              "Urls": ["http://127.0.0.1:6001", "http://127.0.0.1:6002"],
              "Roles": ["web", "queries"],
              "Proxies": ["10.0.0.1", "10.1.0.0/16"],
              "Limits": { "Countries": ["1", "49"] },
              "Secrets": { "Master": ["b:{{other}}", "a:{{one}}"], "Tokens": ["7:{{new string('A', 43)}}", "8:{{new string('A', 43)}}"] },
              "Gateway": {
                "Urls": ["http://127.0.0.1:6003", "http://127.0.0.1:6004"],
                "Credentials": ["tool:with,comma", "other:secret"],
                "ReadOnlyCredentials": ["analyst:secret"]
              },
              "App": { "Ios": { "AppIds": ["ABCDE12345.app.one", "ABCDE12345.app.two"] } }
            }
            """);

        settings.Urls.ShouldBe(["http://127.0.0.1:6001", "http://127.0.0.1:6002"]);
        settings.Roles.ShouldBe([Role.Web, Role.Queries], ignoreOrder: true);
        settings.Proxies.ShouldBe(["10.0.0.1", "10.1.0.0/16"]);
        settings.Limits.Countries.ShouldBe(["1", "49"]);
        settings.MasterSecret.ShouldBe($"b:{other},a:{one}");
        settings.TokenSecret.ShouldBe($"7:{new string('A', 43)},8:{new string('A', 43)}");
        settings.Gateway.Urls.Count.ShouldBe(2);
        settings.Gateway.Credentials.Select(credential => (credential.User, credential.Password, credential.MayAppend))
            .ShouldBe([("tool", "with,comma", true), ("other", "secret", true), ("analyst", "secret", false)]);
        settings.App.IosAppIds.ShouldBe(["ABCDE12345.app.one", "ABCDE12345.app.two"]);
        settings.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void An_option_replaces_the_array_of_a_file_as_a_whole()
    {
        const string json = """{ "Roles": ["web", "queries", "commands"], "Urls": ["http://127.0.0.1:6001", "http://127.0.0.1:6002"] }""";
        Read(json, [new("Roles", "messaging")]).Roles.ShouldBe([Role.Messaging]);
        Read(json, [new("Roles:0", "messaging")]).Roles.ShouldBe([Role.Messaging]);
        Read(json, [new("Urls", "http://127.0.0.1:7001")]).Urls.ShouldBe(["http://127.0.0.1:7001"]);
    }

    [Fact]
    public void An_array_of_more_than_ten_items_keeps_its_order() =>
        Read($$"""{ "Limits": { "Countries": [{{string.Join(',', Enumerable.Range(1, 12))}}] } }""")
            .Limits.Countries.ShouldBe([.. Enumerable.Range(1, 12).Select(code => $"{code}")]);

    [Theory]
    [InlineData("""{ "Roles": [] }""", "Roles")]
    [InlineData("""{ "Roles": ["kings"] }""", "Roles")]
    [InlineData("""{ "Roles": [""] }""", "Roles")]
    [InlineData("""{ "Urls": [] }""", "Urls")]
    [InlineData("""{ "Urls": [["http://127.0.0.1:6001"]] }""", "Urls")]
    [InlineData("""{ "Proxies": ["somewhere"] }""", "Proxies")]
    [InlineData("""{ "Secrets": { "Master": ["hunter2"] } }""", "Secrets:Master")]
    [InlineData("""{ "Grid": { "Squares": ["4"] } }""", "Grid:Squares")]
    [InlineData("""{ "EventStore": ["sqlite"] }""", "EventStore")]
    [InlineData("""{ "Limits": { "Enabled": [true] } }""", "Limits:Enabled")]
    [InlineData("""{ "App": { "Name": ["Squares", "More"] } }""", "App:Name")]
    [InlineData("""{ "Gateway": { "Certificate": { "Path": ["/etc/cqrs/gateway.pem"] } } }""", "Gateway:Certificate:Path")]
    public void A_wrong_array_is_named_with_its_fault_and_an_example(string json, string setting)
    {
        var fault = Should.Throw<ConfigurationException>(() => Read(json)).Faults.ShouldHaveSingleItem();
        fault.ShouldStartWith(setting);
        fault.ShouldContain("or example");
        fault.ShouldNotContain("hunter2");
    }

    private Settings Read(string json, params KeyValuePair<string, string?>[] options)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(file).AddInMemoryCollection([new("Data", folder.Path)]).AddInMemoryCollection(options).Build();
        return new SettingsReader(configuration, isProduction: false).Read();
    }
}
