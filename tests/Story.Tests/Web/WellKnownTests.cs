using Cqrs.Api.Web;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Cqrs.Story.Tests.Web;

public sealed class WellKnownTests
{
    private static readonly string Fingerprint = string.Join(':', Enumerable.Repeat("A1", 32));

    [Fact]
    public async Task Apple_learns_which_app_opens_invite_links()
    {
        await using var host = await WebHost.StartAsync(new() { IosAppIds = ["ABCDE12345.app.squares"] });
        using var response = await host.Client.GetAsync("/.well-known/apple-app-site-association");

        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        (await response.Content.ReadAsStringAsync()).ShouldBe("""
            {
              "applinks": {
                "details": [
                  {
                    "appIDs": [
                      "ABCDE12345.app.squares"
                    ],
                    "components": [
                      {
                        "/": "/i/*",
                        "comment": "Invites"
                      }
                    ]
                  }
                ]
              }
            }
            """);
    }

    [Fact]
    public async Task Android_learns_which_app_opens_links()
    {
        await using var host = await WebHost.StartAsync(
            new() { AndroidPackage = "app.squares", AndroidCertFingerprints = [Fingerprint] });
        using var response = await host.Client.GetAsync("/.well-known/assetlinks.json");

        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        (await response.Content.ReadAsStringAsync()).ShouldBe($$"""
            [
              {
                "relation": [
                  "delegate_permission/common.handle_all_urls"
                ],
                "target": {
                  "namespace": "android_app",
                  "package_name": "app.squares",
                  "sha256_cert_fingerprints": [
                    "{{Fingerprint}}"
                  ]
                }
              }
            ]
            """);
    }

    [Fact]
    public void The_section_App_is_read_whole_and_lists_may_be_one_line()
    {
        var links = AppLinks.From(Configuration(
            ("App:Name", "Tiles"), ("App:Link", "https://tiles.example/"), ("App:StoreLinks:Ios", "https://apple.example/id7"),
            ("App:StoreLinks:Android", "https://google.example/x"), ("App:Scheme", "tiles"),
            ("App:Ios:AppIds", "ABCDE12345.a.b, ABCDE12345.a.c"), ("App:Android:Package", "a.b"),
            ("App:Android:CertFingerprints:0", Fingerprint)));

        links.Name.ShouldBe("Tiles");
        links.InviteLink("x").ShouldBe("https://tiles.example/i/x");
        (links.IosStore, links.AndroidStore, links.Scheme).ShouldBe(("https://apple.example/id7", "https://google.example/x", "tiles"));
        links.IosAppIds.ShouldBe(["ABCDE12345.a.b", "ABCDE12345.a.c"]);
        links.AndroidPackage.ShouldBe("a.b");
        links.AndroidCertFingerprints.ShouldBe([Fingerprint]);
    }

    [Fact]
    public void The_development_values_are_sound() => AppLinks.From(Configuration()).Faults().ShouldBeEmpty();

    [Theory]
    [InlineData("App:Name", " ")]
    [InlineData("App:Link", "squares.example")]
    [InlineData("App:Link", "https://squares.example/?a=b")]
    [InlineData("App:StoreLinks:Ios", "javascript:alert(1)")]
    [InlineData("App:StoreLinks:Android", "http://play.example")]
    [InlineData("App:Scheme", "javascript")]
    [InlineData("App:Ios:AppIds", "app.squares")]
    [InlineData("App:Android:Package", "squares")]
    [InlineData("App:Android:CertFingerprints", "a1:b2")]
    public void A_wrong_value_is_named(string setting, string value)
    {
        var failure = Should.Throw<OptionsValidationException>(() => AppLinks.From(Configuration((setting, value))));
        failure.Failures.ShouldHaveSingleItem().ShouldStartWith($"{setting} ");
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
}
