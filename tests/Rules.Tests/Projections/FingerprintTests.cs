using System.Reflection;
using System.Security.Cryptography;
using Cqrs.Projections.Connections;
using Cqrs.Projections.Engine;
using Cqrs.Projections.Users;
using Cqrs.Rules.Tests.Specifications;

namespace Cqrs.Rules.Tests.Projections;

/// <summary>The build takes the fingerprints of models by itself; these see to it that it does, and of what.</summary>
public sealed class FingerprintTests
{
    private static readonly Assembly Projections = typeof(ISqliteModel).Assembly;

    [Fact]
    public void Every_model_of_the_product_has_the_hashes_of_its_sources()
    {
        var models = Projections.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ISqliteModel))).ToList();
        models.ShouldBe([typeof(ConnectionsModel), typeof(UsersModel)], ignoreOrder: true);
        foreach (var type in models)
        {
            var model = (ISqliteModel)Activator.CreateInstance(type)!;
            HashesOf(model.Name).ShouldContain(HashOf("src", "Projections", type.Namespace!.Split('.')[^1], $"{type.Name}.cs"));
            HashesOf(model.Name).ShouldContain(HashOf("src", "Projections", "Engine", "SealedPerson.cs"));
        }
    }

    [Fact]
    public void Models_differ_and_the_order_of_files_does_not_matter()
    {
        var (users, connections) = (ModelFingerprint.Of(new UsersModel()), ModelFingerprint.Of(new ConnectionsModel()));
        users.ShouldMatch("^[0-9a-f]{8}$");
        users.ShouldNotBe(connections);
        ((ISqliteModel)new UsersModel()).Fingerprint.ShouldBe(users);
    }

    private static string[] HashesOf(string model) => Projections.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == ModelFingerprint.KeyOf(model)).Value!.Split(';');

    private static string HashOf(params string[] path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(House.Path(path))));
}
