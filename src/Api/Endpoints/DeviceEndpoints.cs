using Cqrs.Api.Http;
using Cqrs.Domain.Decisions;
using Cqrs.Notifications.Devices;

namespace Cqrs.Api.Endpoints;

/// <summary>Where the holder of a ticket is reached by push.</summary>
public static class DeviceEndpoints
{
    public static readonly Refusal UnknownPlatform = Problems.InvalidRequest("The platform must be ios or android.");

    public static void MapDevices(this IEndpointRouteBuilder routes)
    {
        routes.MapPut("/devices/{platform}", (string platform, HttpContext http, TicketPipeline pipeline, IDevices devices) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                if (Platforms.Find(platform) is not { } known) return Reply.Problem(UnknownPlatform, call.At, "platform");
                var token = RequestBody.Need(RequestBody.Parse(call.Body, JsonTypes.Contract.DeviceRequest).Token, "token");
                if (!Device.IsToken(token)) return Reply.Problem(BadToken, call.At, "token");
                await devices.SetAsync(call.Ticket.UserKey, known, token, cancel);
                return Reply.Empty(StatusCodes.Status204NoContent);
            }))
            .Describe("setDevice", "Notifications", "Tell where I am reached by push")
            .Tells("One device for each platform: the token takes the place of the one before. A token that another user had on this phone is his no more.")
            .NeedsTicket().Takes<DeviceRequest>().AnswersNothing();

        routes.MapDelete("/devices/{platform}", (string platform, HttpContext http, TicketPipeline pipeline, IDevices devices) =>
            pipeline.RunAsync(http, async (call, cancel) =>
            {
                if (Platforms.Find(platform) is not { } known) return Reply.Problem(UnknownPlatform, call.At, "platform");
                await devices.RemoveAsync(call.Ticket.UserKey, known, cancel);
                return Reply.Empty(StatusCodes.Status204NoContent);
            }))
            .Describe("removeDevice", "Notifications", "Be reached by push no more")
            .Tells("To be called before `forgetMe`: afterwards nobody knows whose device it was.")
            .NeedsTicket().AnswersNothing().Fails("invalid-request");
    }

    private static Refusal BadToken { get; } = Problems.InvalidRequest(
        $"The field 'token' must have 1 to {Device.LongestToken} printable ASCII characters, without spaces.");
}
