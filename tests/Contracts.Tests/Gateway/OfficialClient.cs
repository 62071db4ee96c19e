using System.Text.Json;
using Cqrs.Contracts.Tests.Phones;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>EventStoreDB's official client for Node, which runs cases of <c>client.*.mjs</c> against a face.</summary>
internal static class OfficialClient
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <returns>What failed, by case; null for what did not.</returns>
    public static async Task<Dictionary<string, string?>> RunAsync(string address, IEnumerable<string> cases)
    {
        Peers.RequireNodeModule("@kurrent/kurrentdb-client");
        var script = Path.Combine(Peers.Repository, "tests", "Contracts.Tests", "Gateway", "client.mjs");
        var output = await NodeScript.RunAsync(script, [Peers.NodeModules, address, .. cases]);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<Outcome>(line, Json)!)
            .ToDictionary(outcome => outcome.Case, outcome => outcome.Failure);
    }

    private sealed record Outcome(string Case, string? Failure);
}
