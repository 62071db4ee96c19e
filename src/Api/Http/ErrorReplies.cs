using Cqrs.Api.Composition.Outages;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Api.Http;

/// <summary>
/// Turns an exception into an answer and a log line. The log gets the kind of the error and its stack, never its
/// message: messages of the framework repeat what the user typed.
/// </summary>
public sealed partial class ErrorReplies(ILogger<ErrorReplies> logger, LogAvailability availability, TimeProvider clock)
{
    /// <summary>Sends the answer, or the answer to its exception; nothing when the client has closed the connection.</summary>
    public async Task SendAsync(HttpContext http, Func<CancellationToken, Task<Reply>> answer)
    {
        Reply reply;
        try
        {
            reply = await answer(http.RequestAborted);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            reply = For(e, http);
        }

        await reply.SendAsync(http.Response, http.RequestAborted);
    }

    /// <summary>Returns the answer to an exception, and logs it where it is the server's fault.</summary>
    public Reply For(Exception error, HttpContext http)
    {
        var now = clock.GetUtcNow();
        switch (error)
        {
            case InvalidBodyException e:
                return Reply.Problem(Problems.InvalidRequest(e.Message), now, e.Field);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Reply.Problem(Problems.BodyTooLarge, now);
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return Reply.Problem(Problems.RequestTimeout, now);
            case BadHttpRequestException:
                return Reply.Problem(Problems.InvalidRequest("The request is cut off or malformed."), now);
            case SubjectForgottenException:
                return Reply.Problem(UserRefusals.Unauthorized, now);
            case TooContendedException:
                return Reply.Problem(Problems.TryAgain, now);
            case EventLogException { Code: EventLogErrors.Corrupt } damage:
                // To repeat the request does not help: an operator has to restore the log.
                Damaged(damage.Summary, damage.Position?.Value, damage.Stream, Route(http));
                return Reply.Problem(Problems.Internal, now);
            case not null when StorageFaults.CodeOf(error) is { } code:
                // An outage of the log is logged once, where it begins, and not with each request.
                if (error is not EventLogException || availability.Outage is null) Storage(code, Route(http));
                return Reply.Problem(Problems.StorageUnavailable, now);
            default:
                Failed(error?.GetType().FullName, Route(http), error?.StackTrace);
                return Reply.Problem(Problems.Internal, now);
        }
    }

    // The pattern of the route: the path itself may hold a registration or an invite's code.
    private static string Route(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "?";

    [LoggerMessage(Level = LogLevel.Error, Message = "The storage failed ({Code}) for {Route}.")]
    private partial void Storage(string code, string route);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Error} for {Route}, at position {Position} of stream {Stream}. Run cqrs log verify, and restore the log from a backup.")]
    private partial void Damaged(string error, long? position, string? stream, string route);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Error} for {Route}\n{Stack}")]
    private partial void Failed(string? error, string route, string? stack);
}
