using System.CommandLine;
using System.CommandLine.Parsing;
using Cqrs.Cli.CommandLine;
using Cqrs.Projections.Engine;

namespace Cqrs.Cli.Projections;

/// <summary><c>cqrs projections</c>: looks after the read models.</summary>
internal static class ProjectionsCommand
{
    public static Command Make(CommonOptions common) => new("projections", "Read models: how they are, rebuilding and checking them")
    {
        ListCommand.Make(common), RebuildCommand.Make(common), VerifyCommand.Make(common), ResumeCommand.Make(common),
    };
}

/// <summary>The projections that a verb is for: one by its name, or all.</summary>
internal sealed class ProjectionChoice
{
    private readonly Argument<string?> _name = new("name") { Description = "Of the projection, as cqrs projections list shows it", Arity = ArgumentArity.ZeroOrOne, CustomParser = Points.ParseName };
    private readonly Option<bool> _all = new("--all") { Description = "All projections, one after the other" };

    /// <param name="others">Options that say, too, which are meant.</param>
    public void AddTo(Command command, params Option<bool>[] others)
    {
        command.Arguments.Add(_name);
        command.Options.Add(_all);
        command.Validators.Add(result =>
        {
            Option<bool>[] options = [_all, .. others];
            var said = options.Count(option => result.GetValue(option)) + (result.GetResult(_name) is ArgumentResult { Tokens.Count: > 0 } ? 1 : 0);
            if (said != 1) result.AddError($"Name a projection, or say {string.Join(" or ", options.Select(option => option.Name))}.");
        });
    }

    /// <summary>All, unless one is named.</summary>
    /// <exception cref="CliException">There is none of this name.</exception>
    public IReadOnlyList<ISqliteModel> Read(ParseResult parsed, Stores stores) =>
        parsed.GetValue(_name) is { } name ? [Find(stores, name)] : stores.Models;

    public static ISqliteModel Find(Stores stores, string name) => stores.Models.FirstOrDefault(model => model.Name == name)
        ?? throw new CliException(
            ExitCodes.NoInput, $"There is no projection {name}. There are: {string.Join(", ", stores.Models.Select(model => model.Name))}.");
}
