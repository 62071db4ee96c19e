using System.Text.Json;
using Cqrs.Domain.Phones;

namespace Cqrs.Contracts.Tests.Phones;

/// <summary>
/// Our reading of phone numbers against npm's libphonenumber-js, which is Google's reading with the same metadata.
/// Where we mean to differ, known-disagreements.tsv says so and why.
/// </summary>
public class PhoneOracleTests
{
    private const string Oracle = "libphonenumber-js";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    [SkippableFact]
    public async Task Every_number_is_read_as_the_oracle_reads_it()
    {
        var package = Peers.RequireNodeModule(Oracle);
        var cases = await CasesAsync(package);

        var regions = cases.Select(one => one.Country).Distinct().Count(country => country is not null);
        cases.Count.ShouldBeGreaterThan(5_000);
        cases.Count(one => one.Valid).ShouldBeInRange(cases.Count / 4, cases.Count * 3 / 4);
        regions.ShouldBe(244, "every region of the metadata has a valid number here, but EH, whose numbers the plan of MA claims first");

        var meant = Disagreements();
        var disagreements = new List<string>();
        var met = new HashSet<string>();
        foreach (var one in cases)
        {
            var ours = PhoneNumberParser.Parse(one.Text, one.Region).Number;
            var country = ours is { } number ? PhoneNumberParser.RegionOf(number) : null;

            // Where no plan of a shared code claims a number, the oracle names no country, and we the main one.
            if (ours?.E164 == one.E164 && (country == one.Country || one.Country is null))
                continue;
            var key = Key(one.Text, one.Region);
            if (meant.Contains(key))
                met.Add(key);
            else
                disagreements.Add($"{key}\toracle {one.E164 ?? "refuses"} {one.Country}\tours {ours?.E164 ?? "refused"} {country}");
        }

        disagreements.ShouldBeEmpty(string.Join('\n', disagreements.Take(40)));
        meant.Except(met).ShouldBeEmpty("a disagreement that is gone leaves the list");
    }

    [SkippableFact]
    public async Task The_embedded_plans_are_those_of_the_pinned_package()
    {
        var package = Peers.RequireNodeModule(Oracle);
        var converted = await NodeScript.RunAsync(Path.Combine(Peers.Repository, "eng", "phone-metadata", "convert.mjs"), package, "--stdout");

        await using var resource = typeof(PhoneNumber).Assembly.GetManifestResourceStream("numbering-plans.tsv");
        using var reader = new StreamReader(resource.ShouldNotBeNull());
        (await reader.ReadToEndAsync()).ShouldBe(converted);
    }

    private static async Task<List<Case>> CasesAsync(string package)
    {
        var output = await NodeScript.RunAsync(Path.Combine(Folder, "oracle.mjs"), package);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Case>(line, Json)!)];
    }

    private static HashSet<string> Disagreements() =>
    [
        .. File.ReadLines(Path.Combine(Folder, "known-disagreements.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => string.Join('\t', line.Split('\t').Take(2))),
    ];

    private static string Key(string text, string? region) => $"{JsonSerializer.Serialize(text)}\t{region ?? "-"}";

    private static string Folder => Path.Combine(Peers.Repository, "tests", "Contracts.Tests", "Phones");

    private sealed record Case(string Text, string? Region, bool Valid, string? E164, string? Country);
}
