using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Cqrs.Domain.Decisions;
using Cqrs.Rules.Tests.Specifications;

namespace Cqrs.Rules.Tests.Architecture;

/// <summary>The rules of the house, as far as they can be read off the assemblies, the projects and the files.</summary>
public sealed class HouseTests
{
    private const int LongestFile = 320;

    private static readonly Assembly Domain = typeof(IDomainEvent).Assembly;

    [Fact]
    public void The_domain_references_nothing_beyond_the_framework()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (var reference in Domain.GetReferencedAssemblies())
        {
            File.Exists(Path.Combine(framework, reference.Name + ".dll")).ShouldBeTrue(reference.Name);
        }

        ProjectsReferencedBy("Domain").ShouldBeEmpty();
    }

    [Fact]
    public void The_domain_has_no_packages_but_analysers()
    {
        var packages = Project("Domain").Descendants("PackageReference")
            .Concat(XDocument.Load(House.Path("Directory.Build.props")).Descendants("ItemGroup")
                .Where(group => group.Attribute("Condition") is null).Descendants("PackageReference"))
            .ToList();
        packages.ShouldNotBeEmpty();
        foreach (var package in packages)
        {
            (package.Attribute("PrivateAssets")?.Value).ShouldBe("all", package.ToString());
            package.Attribute("Include")!.Value.TrimEnd('s').ShouldEndWith("Analyzer");
        }
    }

    [Theory]
    [InlineData("Commands", "Projections")]
    [InlineData("Projections", "Commands")]
    [InlineData("Notifications", "Commands")]
    [InlineData("Notifications", "Projections")]
    public void The_sides_meet_in_the_log_alone(string side, string other)
    {
        AssembliesReferencedBy($"Cqrs.{side}").ShouldNotContain($"Cqrs.{other}");
        ProjectsReferencedBy(side).ShouldNotContain(other);
        ProjectsReferencedBy(side).ShouldContain("Domain", "else this test reads the wrong file");
    }

    [Fact]
    public void No_source_file_is_too_long_to_be_read()
    {
        var files = House.Sources("src", ".cs", ".cshtml", ".razor", ".html", ".css", ".js").ToList();
        files.ShouldContain("src/Domain/Connections/ConnectionDecider.cs");
        files.Select(file => (File: file, Lines: File.ReadLines(House.Path(file)).Count()))
            .Where(file => file.Lines > LongestFile).ShouldBeEmpty();
    }

    [Fact]
    public void The_domain_keeps_no_state_of_its_own()
    {
        var fields = Domain.GetTypes()
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.Name.StartsWith('<'))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral)
            .ToList();
        fields.ShouldNotBeEmpty();
        fields.Where(field => !field.IsInitOnly).Select(Name).ShouldBeEmpty();
        fields.Where(field => !field.IsPrivate && IsMutable(field.FieldType)).Select(Name).ShouldBeEmpty();

        static string Name(FieldInfo field) => $"{field.DeclaringType!.Name}.{field.Name}";
    }

    [Theory]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTime.Today")]
    [InlineData("P:System.DateTimeOffset.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("P:System.TimeProvider.System")]
    [InlineData("T:System.Diagnostics.Stopwatch")]
    [InlineData("P:System.Environment.TickCount")]
    [InlineData("P:System.Environment.TickCount64")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("M:System.Guid.CreateVersion7")]
    [InlineData("M:System.Guid.CreateVersion7(System.DateTimeOffset)")]
    [InlineData("T:System.Random")]
    [InlineData("T:System.Security.Cryptography.RandomNumberGenerator")]
    public void Clocks_and_dice_are_banned_from_the_domain(string symbol)
    {
        var banned = File.ReadLines(House.Path("src", "Domain", "BannedSymbols.txt")).Select(line => line.Split(';')[0]);
        banned.ShouldContain(symbol);
    }

    [Fact]
    public void The_ban_is_enforced_by_the_build()
    {
        var project = Project("Domain");
        project.Descendants("AdditionalFiles").Select(file => file.Attribute("Include")?.Value).ShouldContain("BannedSymbols.txt");
        project.Descendants("PackageReference").Select(package => package.Attribute("Include")?.Value)
            .ShouldContain("Microsoft.CodeAnalysis.BannedApiAnalyzers");
        XDocument.Load(House.Path("Directory.Build.props")).Descendants("TreatWarningsAsErrors").Single().Value.ShouldBe("true");
        project.Descendants("NoWarn").ShouldBeEmpty();
    }

    [Fact]
    public void No_source_of_the_domain_lifts_the_ban() =>
        House.Sources("src/Domain", ".cs").Where(file => File.ReadAllText(House.Path(file)).Contains("RS0030", StringComparison.Ordinal))
            .ShouldBeEmpty();

    private static bool IsMutable(Type type) =>
        type.IsArray
        || (type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true
            && type.Namespace is not ("System.Collections.Immutable" or "System.Collections.Frozen"));

    private static XDocument Project(string name) => XDocument.Load(House.Path("src", name, $"{name}.csproj"));

    /// <summary>Names of the projects that a project references, also by way of others.</summary>
    private static HashSet<string> ProjectsReferencedBy(string name)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([name]);
        while (open.TryDequeue(out var next))
        {
            foreach (var reference in Project(next).Descendants("ProjectReference"))
            {
                var referenced = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value);
                if (found.Add(referenced)) open.Enqueue(referenced);
            }
        }

        return found;
    }

    /// <summary>Names of our own assemblies that an assembly references, also by way of others.</summary>
    private static HashSet<string> AssembliesReferencedBy(string name)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([name]);
        while (open.TryDequeue(out var next))
        {
            foreach (var reference in Assembly.Load(next).GetReferencedAssemblies())
            {
                if (reference.Name!.StartsWith("Cqrs.", StringComparison.Ordinal) && found.Add(reference.Name)) open.Enqueue(reference.Name);
            }
        }

        return found;
    }
}
