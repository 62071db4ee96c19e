using System.Reflection;
using System.Text.RegularExpressions;
using Cqrs.Domain.Decisions;
using Cqrs.Rules.Tests.Specifications;

namespace Cqrs.Rules.Tests.Architecture;

/// <summary>Events are a storage format: a name is never given twice, and a change of shape shows in review.</summary>
public sealed partial class EventTests
{
    private static readonly List<Type> Events =
        [.. typeof(IDomainEvent).Assembly.GetTypes()
            .Where(type => typeof(IDomainEvent).IsAssignableFrom(type) && type is { IsInterface: false, IsAbstract: false })
            .OrderBy(type => type.FullName, StringComparer.Ordinal)];

    [Fact]
    public void Each_event_has_a_name_of_its_own()
    {
        Events.ShouldNotBeEmpty();
        Events.Where(type => Name(type) is null).ShouldBeEmpty();
        Events.GroupBy(Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();
    }

    [Fact]
    public void Names_are_kebab_case_with_a_version() =>
        Events.Select(type => Name(type)!).Where(name => !KebabCaseWithVersion().IsMatch(name)).ShouldBeEmpty();

    [Fact]
    public void Events_are_sealed_records_that_cannot_be_changed()
    {
        foreach (var type in Events)
        {
            type.IsSealed.ShouldBeTrue(type.Name);
            type.GetMethod("<Clone>$").ShouldNotBeNull($"{type.Name} is no record");
            foreach (var property in type.GetProperties())
            {
                var isInit = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers()
                    .Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));
                (isInit ?? true).ShouldBeTrue($"{type.Name}.{property.Name}");
            }
        }
    }

    [Fact]
    public void Only_events_have_event_names() =>
        typeof(IDomainEvent).Assembly.GetTypes().Where(type => Name(type) is not null).Except(Events).ShouldBeEmpty();

    [Fact]
    public void Names_and_fields_are_the_approved_ones()
    {
        var lines =
            from type in Events
            orderby Name(type)
            select $"{Name(type)}\n{string.Concat(Fields(type).Select(field => $"    {field}\n"))}";
        string.Join('\n', lines).ShouldBeApproved("Architecture/Events.approved.txt");
    }

    private static string? Name(Type type) => type.GetCustomAttribute<EventNameAttribute>()?.Name;

    // In the order of the constructor, which is the order in the stored JSON.
    private static IEnumerable<string> Fields(Type type)
    {
        var nullability = new NullabilityInfoContext();
        foreach (var property in type.GetProperties())
        {
            var underlying = Nullable.GetUnderlyingType(property.PropertyType);
            var isNullable = underlying is not null || nullability.Create(property).ReadState == NullabilityState.Nullable;
            yield return $"{property.Name}: {(underlying ?? property.PropertyType).Name}{(isNullable ? "?" : "")}";
        }
    }

    [GeneratedRegex(@"^[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KebabCaseWithVersion();
}
