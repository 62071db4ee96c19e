using Cqrs.Commands.Execution;
using Cqrs.Commands.Numbers;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Phones;
using Cqrs.Domain.Users;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Commands.Users;

public sealed record ForgetUser(UserId User);

/// <summary>
/// A user leaves. The event first, so that nothing new is done in his name; then his number is free; then his key goes,
/// and all that is personal about him is unreadable everywhere. Each step may be repeated, and
/// <see cref="ForgettingProcess"/> repeats them after a crash and closes his connections.
/// </summary>
public sealed class ForgetUserHandler(EventStreams streams, PhoneRegistry numbers, ISubjectKeys keys)
{
    public async Task<Answer<Done>> HandleAsync(ForgetUser command, CommandContext context, CancellationToken cancel = default)
    {
        var outcome = await streams.ExecuteAsync(command.User, user => UserDecider.Forget(user, context.At), context, cancel);
        if (outcome.Refusal is { } refusal) return refusal;

        if (outcome.State.State.Phone?.Text is { } phone)
            await numbers.ReleaseAsync(PhoneNumber.FromStored(phone), command.User, context, cancel);

        await keys.DeleteAsync(command.User);
        streams.Evict(command.User);
        return new Done(outcome.State.Position);
    }
}
