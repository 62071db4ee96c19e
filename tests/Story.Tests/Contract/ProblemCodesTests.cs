using System.Reflection;
using Cqrs.Api.Http;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Decisions;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Rules.Tests.Specifications;

namespace Cqrs.Story.Tests.Contract;

public sealed class ProblemCodesTests
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Fact]
    public void Codes_statuses_and_titles_are_the_approved_ones() =>
        string.Concat(Problems.All.Select(kind => $"{kind.Code} {kind.Status} {kind.Title}\n")).ShouldBeApproved("Contract/Problems.approved.txt");

    [Fact]
    public void Each_code_is_there_once() => Problems.All.Select(kind => kind.Code).ShouldBeUnique();

    [Fact]
    public void Every_refusal_of_the_rules_has_a_kind()
    {
        var refusals = Refusals().ToList();
        refusals.Select(refusal => refusal.Code).Distinct().Count().ShouldBeGreaterThanOrEqualTo(18);
        foreach (var refusal in refusals)
        {
            Problems.Kind(refusal.Code).Code.ShouldBe(refusal.Code);
            refusal.Message.ShouldEndWith(".");
        }
    }

    /// <summary>The refusals that are fields, and one of each that is made by a method of a class <c>…Refusals</c>.</summary>
    private static IEnumerable<Refusal> Refusals()
    {
        var types = new[] { typeof(Refusal).Assembly, typeof(CommandContext).Assembly, typeof(MailboxRefusals).Assembly, typeof(Problems).Assembly }.SelectMany(assembly => assembly.GetTypes()).ToList();
        var fields = types.SelectMany(type => type.GetFields(Statics)).Where(field => field.FieldType == typeof(Refusal));
        var methods = types.Where(type => type.Name.EndsWith("Refusals", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(Statics)).Where(method => method.ReturnType == typeof(Refusal));
        return fields.Select(field => (Refusal)field.GetValue(null)!)
            .Concat(methods.Select(method => (Refusal)method.Invoke(null, [.. method.GetParameters().Select(Any)])!));
    }

    private static object Any(ParameterInfo parameter) => Activator.CreateInstance(parameter.ParameterType)!;
}
