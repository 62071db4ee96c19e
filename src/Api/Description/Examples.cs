using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.Api.Endpoints;
using Cqrs.Api.Http;
using Cqrs.Domain.Connections;

namespace Cqrs.Api.Description;

/// <summary>
/// Examples of bodies, as records: so they have the shape that goes over the wire. Numbers are of ranges for fiction;
/// tokens and keys are those of the published test vectors.
/// </summary>
internal static class Examples
{
    public static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Ada = "+14155550171";
    private const string Grace = "+14155550132";
    private const string RegistrationId = "an-example-of-a-registration-id_80-characters-that-mean-nothing-to-any-app_00000";
    private static readonly Guid User = new("1342be11-433b-427e-826c-5569976a0a11");
    private static readonly Guid Connection = new("7a25b658-81db-4086-8b02-dfc72450f8de");

    // The ticket of a test vector, and what it grants.
    private const string Ticket = "AgFmiVBG9g4V54PjTIMgxtkkGyXUfc-G1OQXfnNW6usxwwAAAZt22qvoAAABm3cRmmgBBWppCCJBZz2UeRyFDYTf-JPw5ePENP1ZPRl0O4DLddlP8i6e1i4oGCpdoCekoaBQz5z8iti7bmuQJA2Mms0O5ey3wU7uKmnd5jd-gi-OBss";
    private const string Out = "BWppCCJBZz2UeRyFDYTf-A";
    private const string In = "k_Dl48Q0_Vk9GXQ7gMt12Q";
    private const string Signature = "an-example-of-a-signature-43-characters-000";
    private static readonly long Video = At.ToUnixTimeMilliseconds();

    public static readonly string Download = $"https://squares.example/blobs/{In}/{Video}?expires={Video + 300_000}&signature={Signature}";

    private static readonly Dictionary<Type, object> ByType = new()
    {
        [typeof(string)] = "alive",
        [typeof(RegistrationRequest)] = new RegistrationRequest("Ada", "Lovelace", "(415) 555-0171", "US"),
        [typeof(RegistrationResponse)] = new RegistrationResponse(RegistrationId, Ada, At.AddMinutes(10), At.AddMinutes(1)),
        [typeof(VerifyRequest)] = new VerifyRequest("012345"),
        [typeof(VerifyResponse)] = new VerifyResponse(
            User,
            "AQATQr4RQztCfoJsVWmXagoRIEMDKEWX-zLtF_sdZvRgigAAAAEAAAGbdtqoAGrc2939n9XnUA2ZInO6J3gTAPBMwIkyF6fCPSQ6O4f5",
            "IF5JZaHBc7qXWGbSNsJ5D5jMR3c65DHqYcS7aPsxG1U"),
        [typeof(MeResponse)] = new MeResponse(User, "Ada", "Lovelace", Ada, At, new(1, 8)),
        [typeof(InviteRequest)] = new InviteRequest("Grace", "Hopper", "(415) 555-0132"),
        [typeof(InviteResponse)] = new InviteResponse(
            Connection, ConnectionView.Inviting, InviteeHasApp: false, Grace, "https://squares.example/i/0example0example",
            "Ada invites you to Squares: https://squares.example/i/0example0example"),
        [typeof(StepResponse)] = new StepResponse(Connection, ConnectionView.None),
        [typeof(ConnectionsResponse)] = new ConnectionsResponse(17, new(2, 8),
        [
            new(Connection, ConnectionView.Connected, "Grace", "Hopper", Grace, At.AddHours(1),
                new("SakEiXvVU_SeVmrMuVpWdmTpPawwdJATTejL6zRujY8", "UlKUHo-NQqkoSAZ8zjn6oQ")),
            new(new("80979483-431e-4332-8361-95a540aaa8ec"), ConnectionView.Inviting, "Alan", "Turing", "+442079460958", At.AddHours(2), Peer: null),
        ]),
        [typeof(DeviceRequest)] = new DeviceRequest("an-example-of-a-device-token"),
        [typeof(NotificationRequest)] = new NotificationRequest(
            "UlKUHo-NQqkoSAZ8zjn6oQ", "new-video", new Dictionary<string, string?>(StringComparer.Ordinal) { ["video"] = "1767225600000" }),
        [typeof(VendingResponse)] = new VendingResponse(Ticket, At.AddSeconds(3601), [new(Connection, Out, In, "T_IuntYuKBgqXaAnpKGgUA")]),
        [typeof(MailboxesResponse)] = new MailboxesResponse(new(Bit: false, 17), [new(In, Video, new(Video - 60_000, "viewed"))]),
        [typeof(MailboxRequest)] = new MailboxRequest(Video, new(Video - 60_000, "downloaded")),
        [typeof(UploadRequest)] = new UploadRequest(Video, "video/mp4", 4_194_304),
        [typeof(UploadResponse)] = new UploadResponse(
            $"https://squares.example/blobs/{Out}/{Video}?type=video%2Fmp4&length=4194304&expires={Video + 900_000}&signature={Signature}",
            "PUT", new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = "video/mp4" }, At.AddMinutes(15)),
        [typeof(Stream)] = "(the bytes of the video)",
        [typeof(IReadOnlyList<OutboxResponse>)] = new OutboxResponse[]
        {
            new(At, "sms", Ada, "012345 is your Squares code. It works once, for 10 minutes."),
            new(At.AddHours(1), "push", "an-example-of-a-device-token", "Your invite was accepted.", new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["kind"] = "accepted",
                ["connectionId"] = Connection.ToString(),
            }),
        },
        [typeof(HealthResponse)] = new HealthResponse("ready", new Dictionary<string, DependencyHealth>(StringComparer.Ordinal)
        {
            ["log"] = new("ok", 42),
            ["keys"] = new("ok"),
            ["projection connections"] = new("ok", 42),
        }),
    };

    // Where the same body says something else.
    private static readonly Dictionary<(string OperationId, int Status), object> ByCall = new()
    {
        [("seeConnection", 200)] = new StepResponse(Connection, ConnectionView.Invited),
        [("acceptConnection", 200)] = new StepResponse(Connection, ConnectionView.Connected),
        [("ready", 503)] = new HealthResponse("not-ready", new Dictionary<string, DependencyHealth>(StringComparer.Ordinal)
        {
            ["log"] = new("ok", 42),
            ["keys"] = new("ok"),
            ["projection connections"] = new("catching-up", 17),
        }),
    };

    public static JsonNode? Body(Type type) => ByType.TryGetValue(type, out var example) ? Write(example, type) : null;

    public static JsonNode? Answer(string operationId, int status, Type type) =>
        ByCall.TryGetValue((operationId, status), out var example) ? Write(example, type) : Body(type);

    /// <summary>Of what stands in an address.</summary>
    public static JsonNode? Parameter(string parameter) => parameter switch
    {
        "id" => Connection.ToString(),
        "registrationId" => RegistrationId,
        "platform" => "ios",
        "out" or "mailbox" => Out,
        "in" => In,
        "video" => $"{Video}",
        "type" => "video/mp4",
        "length" => "4194304",
        "expires" => $"{Video + 300_000}",
        "signature" => Signature,
        _ => null,
    };

    private static JsonNode? Write(object example, Type type) => example is string text
        ? text
        : JsonSerializer.SerializeToNode(example, JsonTypes.Contract.GetTypeInfo(type)!);
}
