using System.Text.Json;

namespace Cqrs.Rules.Tests.Vectors;

/// <summary>Cases computed by an independent program; the same files that apps in other languages are tested with.</summary>
internal static class VectorFile
{
    private static readonly JsonSerializerOptions CamelCase = new(JsonSerializerDefaults.Web);

    public static T Read<T>(string name)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Vectors", name));
        return JsonSerializer.Deserialize<T>(file, CamelCase)!;
    }
}
