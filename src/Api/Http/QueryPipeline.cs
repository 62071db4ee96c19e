using System.Globalization;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Tokens;
using Cqrs.Domain.Users;
using Cqrs.Projections.Users;

namespace Cqrs.Api.Http;

/// <summary>
/// The way of every query: caller, the position that it wants to have seen, answer. Queries ask read models only.
/// </summary>
public sealed class QueryPipeline(UsersReader users, ReadPositions positions, TokenKeys tokens, ErrorReplies errors, TimeProvider clock)
{
    public const string MinPositionHeader = "Cqrs-Min-Position";

    /// <param name="projection">The read model that is asked, besides that of the users.</param>
    public Task RunAsync(HttpContext http, string projection, Func<UserId, CancellationToken, Task<Reply>> handle) =>
        errors.SendAsync(http, cancel => AnswerAsync(http, projection, handle, cancel));

    private async Task<Reply> AnswerAsync(HttpContext http, string projection, Func<UserId, CancellationToken, Task<Reply>> handle, CancellationToken cancel)
    {
        if (!BearerToken.TryReadAuth(http.Request, tokens, out var token)) return Problem(UserRefusals.Unauthorized);
        if (http.Request.Headers[MinPositionHeader] is { Count: > 0 } asked)
        {
            if (!long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var least))
                return Problem(Problems.InvalidRequest($"{MinPositionHeader} is a number, as Cqrs-Position gave it."));
            if (!await positions.ReachedAsync(projection, new(least), cancel)) return Problem(Problems.NotCaughtUp);
        }

        return await IsCurrentAsync(token, cancel) ? await handle(token.User, cancel) : Problem(UserRefusals.Unauthorized);
    }

    // A genuine token that is newer than the read model says that the read model is behind: it is waited for.
    private async ValueTask<bool> IsCurrentAsync(AuthToken token, CancellationToken cancel)
    {
        var known = users.EpochOf(token.User);
        if (known is null || known < token.Epoch)
        {
            await positions.ReachedHeadAsync("users", cancel);
            known = users.EpochOf(token.User);
        }

        return known == token.Epoch;
    }

    private Reply Problem(Domain.Decisions.Refusal refusal) => Reply.Problem(refusal, clock.GetUtcNow());
}
