using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Cqrs.Rules.Tests.Architecture;

/// <summary>Messaging knows names and tickets; no log, and nobody who stands behind a name.</summary>
public sealed class MessagingTests
{
    private static readonly string[] Allowed =
    [
        "Cqrs.Domain.Decisions", "Cqrs.Domain.Mailboxes", "Cqrs.Domain.Tokens",
        "Cqrs.EventStore.Files", "Cqrs.EventStore.Sqlite",
    ];

    [Fact]
    public void It_uses_nothing_of_ours_but_names_tickets_and_what_writes_to_the_disk()
    {
        var used = NamespacesUsedBy("Cqrs.Messaging").Where(name => name.StartsWith("Cqrs.", StringComparison.Ordinal)).ToList();
        used.ShouldContain("Cqrs.Domain.Mailboxes", "else this test reads the wrong file");
        used.Except(Allowed).ShouldBeEmpty();
    }

    /// <summary>The namespaces of all types of other assemblies that an assembly names anywhere in its code.</summary>
    private static HashSet<string> NamespacesUsedBy(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Assembly.Load(assembly).Location));
        var metadata = file.GetMetadataReader();
        return [.. metadata.TypeReferences.Select(reference => metadata.GetString(metadata.GetTypeReference(reference).Namespace))];
    }
}
