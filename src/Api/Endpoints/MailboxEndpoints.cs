using System.Buffers;
using Cqrs.Api.Http;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Mailboxes;
using Cqrs.Domain.Tokens;
using Cqrs.Messaging.Mailboxes;

namespace Cqrs.Api.Endpoints;

/// <summary>The mailboxes: polled by their receivers, written by their senders.</summary>
public static class MailboxEndpoints
{
    /// <summary>Maps the poll and the writing of mailboxes.</summary>
    public static void MapMailboxes(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/mailboxes", (HttpContext http, TicketPipeline pipeline, IMailboxes mailboxes) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                var poll = await mailboxes.PollAsync(call.Ticket.Bit, NamesOf(call.Ticket), cancel);
                return Answer(poll, call.Ticket, http.Request);
            }))
            .Describe("pollMailboxes", "Messaging", "What is new for me?")
            .Tells("The mailboxes that the ticket lets one read, in its order, and the connections-changed bit. When `bit` is true, fetch the list of connections, which clears it, and then a new ticket. A mailbox without `video` has never been written. Send the `ETag` as `If-None-Match`: most polls then answer 304.")
            .NeedsTicket().Answers<MailboxesResponse>(200).HasETag().Fails("storage-unavailable");

        routes.MapPut("/mailboxes/{out}", (string @out, HttpContext http, TicketPipeline pipeline, IMailboxes mailboxes) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                if (!MailboxName.TryParse(@out, out var mailbox) || !call.Ticket.MayWrite(mailbox)) return Reply.Problem(TicketPipeline.NotYours, call.At);
                var change = ChangeOf(RequestBody.Parse(call.Body, JsonTypes.Contract.MailboxRequest), call.At);
                return await mailboxes.WriteAsync(mailbox, change, cancel) is { } refusal ? Reply.Problem(refusal, call.At) : Reply.Empty(StatusCodes.Status204NoContent);
            }))
            .Describe("writeMailbox", "Messaging", "Tell of a video sent, or of one seen")
            .Tells("At least one of `video` and `seen`. Upload the video first: the other side trusts the mailbox. Nothing goes back in time: an older `video` is refused, with everything else in the call; the same again, news of an older video in `seen`, or `downloaded` after `viewed` change nothing and answer 204. A time stamp more than a day ahead of the server's clock is refused: nothing older would be taken after it.")
            .NeedsTicket().Takes<MailboxRequest>().AnswersNothing().Fails("not-yours", "older-video");
    }

    private static MailboxName[] NamesOf(Ticket ticket)
    {
        var names = new MailboxName[ticket.Grants.Length];
        for (var i = 0; i < names.Length; i++) names[i] = ticket.Grants[i].In;
        return names;
    }

    private static Reply Answer(Poll poll, Ticket ticket, HttpRequest request)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PollBody.Room(ticket.Grants.Length));
        try
        {
            var body = buffer.AsSpan(0, PollBody.Write(poll, ticket.Grants.AsSpan(), buffer));
            var etag = PollBody.ETag(body);
            var headers = new Dictionary<string, string>(1) { ["ETag"] = etag };
            return EntityTags.IfNoneMatch(request, etag) is not TagMatch.None
                ? new(StatusCodes.Status304NotModified, ContentType: null, headers, default)
                : new(StatusCodes.Status200OK, Reply.JsonType, headers, body.ToArray());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static MailboxChange ChangeOf(MailboxRequest body, DateTimeOffset now)
    {
        if (body is { Video: null, Seen: null }) throw new InvalidBodyException(field: null, Nothing.Message);
        return new(
            body.Video is { } video ? VideoEndpoints.Video(video, "video", now) : null,
            body.Seen is { } seen ? new Seen(VideoEndpoints.Video(seen.Video, "seen.video", now), StatusOf(seen.Status)) : null);
    }

    /// <summary>Both fields are missing.</summary>
    internal static readonly Refusal Nothing = Problems.InvalidRequest("The body has neither 'video' nor 'seen'.");

    private static SeenStatus StatusOf(string? text) => SeenStatuses.TryParse(RequestBody.Need(text, "seen.status")) is { } status
        ? status
        : throw new InvalidBodyException("seen.status", $"The field 'seen.status' is '{SeenStatuses.Downloaded}' or '{SeenStatuses.Viewed}'.");
}
