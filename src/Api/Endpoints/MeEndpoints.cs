using Cqrs.Api.Configuration;
using Cqrs.Api.Http;
using Cqrs.Commands.Execution;
using Cqrs.Commands.Users;
using Cqrs.Domain.Users;
using Cqrs.Projections.Users;

namespace Cqrs.Api.Endpoints;

/// <summary>The caller's own user.</summary>
public static class MeEndpoints
{
    /// <summary>Maps what the caller can read about themselves.</summary>
    public static void MapMeQueries(this IEndpointRouteBuilder routes) =>
        routes.MapRead("/me", (HttpContext http, QueryPipeline pipeline, UsersReader users, Settings settings, TimeProvider clock, ReadPositions positions) =>
            pipeline.RunAsync(http, "users", async (caller, cancel) =>
            {
                var position = positions.Of("users");
                if (await users.FindAsync(caller, cancel) is not { Status: UserStatus.Verified } user)
                    return Reply.Problem(UserRefusals.Unauthorized, clock.GetUtcNow());
                var body = new MeResponse(
                    user.Id.Value, user.FirstName ?? "", user.LastName ?? "", user.Phone ?? "", user.VerifiedAt,
                    new(user.SquaresUsed, settings.Squares));
                return Reply.Json(200, body, JsonTypes.Contract.MeResponse, position);
            }))
            .Describe("getMe", "Me", "Who am I?")
            .NeedsToken().Answers<MeResponse>(200).IsQuery();

    /// <summary>Maps leaving and logging out.</summary>
    public static void MapMeCommands(this IEndpointRouteBuilder routes)
    {
        routes.MapDelete("/me", (HttpContext http, CommandPipeline pipeline, ForgetUserHandler handler, ReadPositions positions) =>
            pipeline.AuthorizedAsync(http, async (call, cancel) =>
                await InForceAsync(await handler.HandleAsync(new(call.User), call.Context, cancel), call, positions, cancel)))
            .Describe("forgetMe", "Me", "Leave: everything personal about me is erased")
            .Tells("Cannot be undone. The auth token is dead afterwards: a repetition answers `unauthorized`.")
            .NeedsToken().AnswersNothing();

        routes.MapPost("/me/tokens/revoke", (HttpContext http, CommandPipeline pipeline, RevokeTokensHandler handler, ReadPositions positions) =>
            pipeline.AuthorizedAsync(http, async (call, cancel) =>
                await InForceAsync(await handler.HandleAsync(new(call.User), call.Context, cancel), call, positions, cancel)))
            .Describe("revokeTokens", "Me", "Log out everywhere, here too")
            .Tells("Every auth token of the user is dead, the one of this call included; register again to get a new one.")
            .NeedsToken().AnswersNothing();
    }

    // From the moment of this answer on queries refuse the token, too.
    private static async Task<Reply> InForceAsync(Answer<Done> answer, CommandCall call, ReadPositions positions, CancellationToken cancel)
    {
        if (answer.Value is not { } done) return Reply.Problem(answer.Refusal!, call.Context.At);
        await positions.ReachedAsync("users", done.Position, cancel);
        return Reply.NoContent(done.Position);
    }
}
