using System.CommandLine;
using Cqrs.Cli.CommandLine;

namespace Cqrs.Cli.Followers;

/// <summary><c>cqrs followers</c>: lists the followers of the log, checks that they fit it, and repairs them.</summary>
internal static class FollowersCommand
{
    private const string ListExamples = """
        Shows each follower of the log: its checkpoint, where the log ends, and whether the two belong together.
        Followers are relays (SMS, push), process managers, the connections-changed bits and the read models. A follower
        does not fit when an older or another log was put in the place of the one that it followed. It then stands still,
        and the server is not ready.

        States: ok; new (has noted nothing yet); ahead-of-log (the checkpoint lies beyond the end of the log); other-log
        (the log begins with another event); diverged-log (the log goes on differently from what the follower has seen).

        Examples:
          cqrs followers list
          cqrs followers list --format jsonl | jq 'select(.state != "ok" and .state != "new")'

        """;

    public static Command Make(CommonOptions common) => new("followers", "Followers of the log: list, rebuild and reset them")
    {
        List(common), ResetCommand.Make(common), FollowersRebuildCommand.Make(common),
    };

    /// <summary>What to do about followers that do not fit.</summary>
    public static string Advice(IReadOnlyCollection<Follower> faulty) =>
        $"{string.Join(", ", faulty.Select(follower => follower.Name))}: not of this log. If the wrong log was put back, stop the servers and put back the right one. "
        + "Else mend them, also while a server runs: cqrs followers rebuild --faulty, then cqrs followers reset --faulty.";

    private static Command List(CommonOptions common)
    {
        var command = new Command("list", ListExamples + ExitCodes.Table);
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ListAsync(stores, output, cancel)));
        return command;
    }

    private static async Task ListAsync(Stores stores, CommandOutput output, CancellationToken cancel)
    {
        var followers = await Follower.ExamineAsync(stores.Settings.Data, stores.Log, cancel);
        var head = (await stores.Log.HeadAsync(cancel)).Value;
        await using (var rows = output.Rows())
        {
            foreach (var follower in followers)
            {
                await rows.WriteAsync(new(
                [
                    ("name", follower.Name), ("kind", follower.KindText), ("position", follower.Checkpoint?.Position.Value), ("head", head),
                    ("state", follower.State), ("why", follower.Fault?.Reason),
                ]));
            }
        }

        if (followers.Where(follower => follower.Fault is not null).ToList() is { Count: > 0 } faulty)
            await output.Messages.WriteLineAsync(Advice(faulty));
    }
}

/// <summary>The followers that a verb acts on: one by its name, all, or those that do not fit the log.</summary>
internal sealed class FollowerChoice
{
    private readonly Argument<string?> _name = new("name") { Description = "Of the follower, as cqrs followers list shows it", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _all;
    private readonly Option<bool> _faulty = new("--faulty") { Description = "Those that do not fit the log, and only those" };

    /// <param name="all">What <c>--all</c> means for the verb.</param>
    public FollowerChoice(string all) => _all = new("--all") { Description = all };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_name);
        command.Options.Add(_all);
        command.Options.Add(_faulty);
        command.Validators.Add(result =>
        {
            var said = (result.GetValue(_all) ? 1 : 0) + (result.GetValue(_faulty) ? 1 : 0) + (string.IsNullOrEmpty(result.GetValue(_name)) ? 0 : 1);
            if (said != 1) result.AddError("Name one follower, or say --all or --faulty.");
        });
    }

    /// <param name="isFor">Which kinds the verb is for.</param>
    /// <param name="elsewhere">What to call for the others, with their name.</param>
    /// <exception cref="CliException">There is none of this name, or the verb is not for it.</exception>
    public async Task<IReadOnlyList<Follower>> ReadAsync(
        ParseResult parsed, Stores stores, Func<FollowerKind, bool> isFor, Func<string, string> elsewhere, CancellationToken cancel)
    {
        var followers = await Follower.ExamineAsync(stores.Settings.Data, stores.Log, cancel);
        if (parsed.GetValue(_name) is { } name)
        {
            var named = followers.FirstOrDefault(follower => follower.Name == name)
                ?? throw new CliException(ExitCodes.NoInput, $"There is no follower {name}. There are: {string.Join(", ", followers.Select(follower => follower.Name))}.");
            return isFor(named.Kind) ? [named] : throw new CliException(ExitCodes.Usage, elsewhere(name));
        }

        return [.. followers.Where(follower => isFor(follower.Kind) && (follower.Fault is not null || parsed.GetValue(_all)))];
    }
}
