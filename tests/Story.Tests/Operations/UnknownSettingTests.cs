using System.Text.RegularExpressions;
using Cqrs.Api.Configuration;
using Cqrs.Rules.Tests.Specifications;
using Microsoft.Extensions.Configuration;

namespace Cqrs.Story.Tests.Operations;

/// <summary>A setting that does not exist is a warning with the nearest name.</summary>
public sealed partial class UnknownSettingTests
{
    [Theory]
    [InlineData("Grid:Sqares", "Grid:Squares")]
    [InlineData("grid:squars", "Grid:Squares")]
    [InlineData("Squares", "Grid:Squares")]
    [InlineData("Url", "Urls")]
    [InlineData("Role", "Roles")]
    [InlineData("Limits:PerNumbr", "Limits:PerNumber")]
    [InlineData("Secret:Master", "Secrets:Master")]
    [InlineData("EvnetStore", "EventStore")]
    public void A_misspelt_name_is_answered_with_the_nearest(string misspelt, string meant) =>
        SettingNames.Nearest(misspelt).ShouldBe(meant);

    [Fact]
    public void A_name_like_no_other_has_no_nearest() => SettingNames.Nearest("Something:Else:Entirely").ShouldBeNull();

    [Theory]
    [InlineData("Logging:LogLevel:Default")]
    [InlineData("AllowedHosts")]
    [InlineData("Kestrel:Certificates:Default:Path")]
    [InlineData("environment")]
    [InlineData("ENVIRONMENT")]
    [InlineData("contentRoot")]
    [InlineData("applicationName")]
    [InlineData("Roles:0")]
    [InlineData("App:Ios:AppIds:1")]
    public void What_ASP_NET_Core_reads_and_items_of_lists_are_known(string name) => SettingNames.IsKnown(name).ShouldBeTrue();

    [Fact]
    public void A_warning_names_the_source_and_not_the_value()
    {
        var configuration = new ConfigurationBuilder().AddCommandLine(["--Grid:Sqares", "hunter2", "--Grid:Squares", "3", "--environment", "Development"]).Build();
        SettingNames.Unknown(configuration).ShouldHaveSingleItem()
            .ShouldBe("The setting Grid:Sqares (--Grid:Sqares) does not exist and has no effect. Did you mean Grid:Squares?");
    }

    [Fact]
    public async Task The_server_starts_and_logs_the_warning()
    {
        await using var server = await StoryServer.StartAsync("--Grid:Sqares", "3");
        server.Log.Lines.ShouldContain(line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Did you mean Grid:Squares?", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_of_the_README_is_known_and_every_known_setting_is_in_the_README()
    {
        var readme = File.ReadAllText(House.Path("README.md"));
        var table = readme[readme.IndexOf("## Configuration", StringComparison.Ordinal)..readme.IndexOf("## Tests", StringComparison.Ordinal)];
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in table.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)))
        {
            var section = "";
            foreach (Match name in Name().Matches(line.Split('|')[1]))
            {
                // `Limits:PerNumber`, `PerAddress`: the section stands once.
                var text = name.Groups[1].Value;
                named.Add(text.Contains(':', StringComparison.Ordinal) || section.Length == 0 ? text : $"{section}:{text}");
                if (text.Contains(':', StringComparison.Ordinal)) section = text[..text.LastIndexOf(':')];
            }
        }

        named.ShouldContain("Limits:PerAddress");
        named.Where(name => !SettingNames.IsKnown(name)).ShouldBeEmpty("unknown to SettingNames");

        // Only one engine exists of these so far; the table will name them with the second.
        SettingNames.All.Except(["Tables", "Blobs", "Bus", "Sms", "Push"]).Except(named).ShouldBeEmpty("missing in the README");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
