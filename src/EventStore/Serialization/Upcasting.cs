using System.Text.Json.Nodes;

namespace Cqrs.EventStore.Serialization;

/// <summary>The way from a stored type to the one that replaced it.</summary>
internal static class Upcasting
{
    private const string Note = "$field";

    /// <summary>Under this name a sealed value remembers the field it was stored in, while upcasters move it about.</summary>
    public static ReadOnlySpan<byte> FieldNote => "$field"u8;

    /// <summary>
    /// Notes on each sealed value the name it is stored under: an upcaster may rename a field, but the value stays bound
    /// to the old name. A note that was already there is overwritten: what is stored has no say in this.
    /// </summary>
    public static void NoteFields(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject parent:
                foreach (var (name, child) in parent)
                    if (child is JsonObject value && value.ContainsKey("sealed"))
                        value[Note] = name;
                    else
                        NoteFields(child);

                break;
            case JsonArray list:
                foreach (var child in list)
                    NoteFields(child);

                break;
        }
    }
}
