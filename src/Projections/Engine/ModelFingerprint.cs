using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Cqrs.Projections.Engine;

/// <summary>
/// Eight hex digits that name the code of a read model: a hash over its source files, taken by the build, so that
/// nobody has to remember to count a version up. Which files: Projections.csproj.
/// </summary>
public static class ModelFingerprint
{
    private const int Digits = 8;

    /// <summary>The key under which the build leaves the hashes of a model's files in the assembly, in no order.</summary>
    public static string KeyOf(string model) => $"model:{model}";

    /// <summary>Of a model whose sources the build does not know (a test's), that of its schema.</summary>
    public static string Of(ISqliteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var hashes = model.GetType().Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == KeyOf(model.Name))?.Value;
        return hashes is null ? Of([model.Schema, model.Indexes]) : Of(hashes.Split(';').Order(StringComparer.Ordinal));
    }

    private static string Of(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..Digits];
}
