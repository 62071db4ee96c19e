using System.Text.Json.Nodes;

namespace Cqrs.Cli.State;

/// <summary>What is different between two states: the new value of each property that changed, null for one that went.</summary>
internal static class StateDifference
{
    public static JsonObject Between(JsonObject before, JsonObject after)
    {
        var changed = new JsonObject();
        foreach (var (name, value) in after)
        {
            if (before.TryGetPropertyValue(name, out var old) && JsonNode.DeepEquals(old, value)) continue;
            changed[name] = value is JsonObject now && old is JsonObject then ? Between(then, now) : value?.DeepClone();
        }

        foreach (var (name, _) in before)
            if (!after.ContainsKey(name))
                changed[name] = null;

        return changed;
    }
}
