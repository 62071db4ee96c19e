using System.CommandLine;
using System.Globalization;
using Cqrs.Cli.CommandLine;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Users;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Cli.Users;

/// <summary><c>cqrs users forget USER</c>: the command that the app sends when somebody leaves, given by an operator.</summary>
internal static class ForgetCommand
{
    private const string Examples = """
        Forgets a person for ever.
        His key is deleted, and with it all that is personal about him is unreadable everywhere, in old events and in
        backups of the log, too. His number is free again. A running server closes his connections at once; else the
        next one that starts does. Asks first.

        Examples:
          cqrs users forget 95979f74-c436-4f81-92f8-f76d1305e808
          cqrs users forget 95979f74-c436-4f81-92f8-f76d1305e808 --yes --format json

        """;

    public static Command Users(CommonOptions common) => new("users", "People") { Make(common) };

    private static Command Make(CommonOptions common)
    {
        var user = new Argument<Guid>("user") { Description = "Id of the user" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        var command = new Command("forget", Examples + ExitCodes.Table) { user, yes };
        command.SetAction((parsed, cancel) => common.RunAsync(parsed, (stores, output) => ForgetAsync(
            stores, new(parsed.GetValue(user)), parsed.GetValue(yes), output, cancel)));
        return command;
    }

    private static async Task ForgetAsync(Stores stores, UserId user, bool yes, CommandOutput output, CancellationToken cancel)
    {
        var state = (await stores.Part<EventStreams>().LoadAsync(user, cancel)).State;
        if (state.Status == UserStatus.Unknown)
            throw new CliException(ExitCodes.NoInput, $"There is no user {user}. cqrs events replay --type user-verified.v1 shows the ids of some.");
        if (!yes) await output.ConfirmAsync(Question(state), cancel);

        // Not to be cut off: each step may be repeated, but whoever asked for it should see it done.
        var clock = stores.Part<TimeProvider>();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var context = new CommandContext(new(Guid.NewGuid()), now);
        var answer = await stores.Part<ForgetUserHandler>().HandleAsync(new(user), context, CancellationToken.None);
        if (answer.Refusal is { } refusal) throw new CliException(ExitCodes.NoInput, refusal.Message);

        await using var rows = output.Rows();
        await rows.WriteAsync(new(
        [
            ("user", user.ToString()), ("was", state.Status.ToString().ToLowerInvariant()), ("position", answer.Value!.Position.Value),
        ]));
    }

    private static string Question(User state) => state.Status switch
    {
        UserStatus.Forgotten => $"User {state.Id} was forgotten already. Delete his key once more?",
        UserStatus.Pending => $"User {state.Id} was invited or asked to register, and never proved his number. Forget him for ever?",
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"User {state.Id} was verified at {state.VerifiedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC and has {state.Squares.Length} squares in use. Forget him for ever?"),
    };
}
