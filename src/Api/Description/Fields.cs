using System.Text.Json.Nodes;
using Cqrs.Domain.Registration;
using Cqrs.Notifications.Devices;
using Cqrs.Notifications.Push;

namespace Cqrs.Api.Description;

/// <summary>The meaning of a field, and the constraints on its values beyond their type.</summary>
internal sealed record Field(string Description)
{
    public string? Format { get; init; }

    public string? Pattern { get; init; }

    public int? Length { get; init; }

    public int? MaxLength { get; init; }

    public int? MinLength { get; init; }

    public int? Least { get; init; }

    public int? Most { get; init; }

    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>May be missing from a request.</summary>
    public bool IsOptional { get; init; }

    public void ApplyTo(JsonObject schema)
    {
        if (Format is not null) schema["format"] = Format;
        if ((Length ?? MinLength) is { } minLength) schema["minLength"] = minLength;
        if ((Length ?? MaxLength) is { } maxLength) schema["maxLength"] = maxLength;
        if (Pattern is not null) schema["pattern"] = Pattern;
        if (Values.Count > 0) schema["enum"] = Json.Strings(Values);
        if (Least is { } least) schema["minimum"] = least;
        if (Most is { } most) schema["maximum"] = most;
        schema["description"] = Description;
    }
}

/// <summary>
/// The fields by name. A name means the same everywhere, except where it is listed with the schema it belongs to.
/// </summary>
internal static class Fields
{
    private const string Base64Url = "^[A-Za-z0-9_-]+$";

    private static readonly Field Id = new("The connection between two people; the same for both of them.") { Format = "uuid" };

    private static readonly Field RegistrationId = new("Names the registration in `resendCode` and `verifyRegistration`. Opaque.")
    {
        Length = 80,
        Pattern = Base64Url,
    };

    // A character as people count them may have many code points, so JSON's limit is wider than the rule.
    private static readonly Field Name = new("1 to 60 characters as people count them, at least one that can be seen, without control characters; spaces around it are cut off.")
    {
        MinLength = 1,
        MaxLength = 480,
    };

    private static readonly Field LastName = Name with
    {
        Description = "At most 60 characters as people count them, without control characters; spaces around it are cut off. May be empty, but not of invisible characters alone.",
        MinLength = null,
    };

    private static readonly Field Phone = new("E.164: `+`, country code, number, nothing else.") { Pattern = "^\\+[1-9][0-9]{3,14}$" };

    private static readonly Field MailboxName = new("16 bytes that say nothing of who stands behind them.") { Length = 22, Pattern = Base64Url };

    private static readonly Field Seen = new("How far the video has come there.") { Values = ["downloaded", "viewed"] };

    private static readonly Dictionary<string, Field> All = new(StringComparer.Ordinal)
    {
        ["path.id"] = Id,
        ["path.registrationId"] = RegistrationId,
        ["path.platform"] = new("Whose push service reaches the device.") { Values = Platforms.Names },
        ["connectionId"] = Id,
        ["registrationId"] = RegistrationId,
        ["userId"] = new("The user, for ever. Somebody who was forgotten and registers again is another user."),
        ["firstName"] = new("First name."),
        ["lastName"] = new("Last name; may be empty."),
        ["phone"] = Phone,
        ["RegistrationRequest.firstName"] = Name,
        ["RegistrationRequest.lastName"] = LastName,
        ["RegistrationRequest.phone"] = new("The number as people type it, with `+` and country code, or as it is dialled in `region`."),
        ["RegistrationRequest.region"] = new("Where the phone is, ISO 3166-1 alpha-2, from the SIM or the settings; needed for a number without `+`.")
        {
            IsOptional = true,
            Pattern = "^[A-Za-z]{2}$",
        },
        ["RegistrationResponse.phone"] = Phone with { Description = "The completed number, E.164, to which the code was sent." },
        ["expiresAt"] = new("When the code stops working."),
        ["resendAt"] = new("From when `resendCode` sends another one; until then it answers `resend-too-soon`."),
        ["VerifyRequest.code"] = new("The six digits of the newest SMS, as typed or pasted: spaces and dashes are ignored, digits may be of any script.") { MinLength = 6, MaxLength = CodeText.MaxLength },
        ["authToken"] = new("For `Authorization: Bearer`. A secret: keep it in the keychain. Opaque.") { Length = 104, Pattern = Base64Url },
        ["mailboxKey"] = new("32 bytes, from which the names of the user's mailboxes are derived. A secret: keep it in the keychain.") { Length = 43, Pattern = Base64Url },
        ["verifiedAt"] = new("When the number was last verified."),
        ["squares"] = new("The user's grid."),
        ["used"] = new("Squares in use.") { Least = 0 },
        ["of"] = new("Squares that the grid has.") { Least = 1, Most = 64 },
        ["InviteRequest.firstName"] = Name with { Description = "The invitee's first name as the inviter knows it. " + Name.Description },
        ["InviteRequest.lastName"] = LastName with { Description = "The invitee's last name as the inviter knows it. " + LastName.Description },
        ["InviteRequest.phone"] = new("The invitee's number as it stands in the phone book; without `+` it is taken as dialled in the inviter's country."),
        ["state"] = new("How the caller sees the connection now."),
        ["ConnectionState."] = new("How one side sees a connection: `inviting` (I asked), `invited` (I was asked), `connected`, `rejected` (I asked and was refused, and have not acknowledged it), `contact` (a plain entry without an invite), `none` (no entry)."),
        ["inviteeHasApp"] = new("True: the invite shows in the invitee's app. False: send him `smsText`."),
        ["link"] = new("The page of the invite, to be passed on. Left out when nothing is pending.") { Format = "uri" },
        ["smsText"] = new("A text with the link, ready to be sent from the inviter's phone. Left out with `link`."),
        ["version"] = new("Version of the list, the number of its `ETag`."),
        ["connections"] = new("The entries."),
        ["since"] = new("Since when the entry is in this state."),
        ["peer"] = new("What is needed to exchange videos with the other side; only where the state is `connected`."),
        ["half"] = new("The other side's half of the mailbox names, 32 bytes. A secret of the two.") { Length = 43, Pattern = Base64Url },
        ["userKey"] = new("How the notification server knows the other side, 16 bytes.") { Length = 22, Pattern = Base64Url },
        ["DeviceRequest.token"] = new("What the push service calls the device (APNs, FCM): printable ASCII without spaces.")
        {
            MinLength = 1,
            MaxLength = Device.LongestToken,
            Pattern = "^[!-~]+$",
        },
        ["NotificationRequest.to"] = new("The user key of one of the ticket's peers.") { Length = 22, Pattern = Base64Url },
        ["NotificationRequest.kind"] = new("What he is told. The kinds that tell of invites come from the server alone.") { Values = PushKinds.OfPhones },
        ["NotificationRequest.data"] = new("Passed on to his app as it is: at most 8 entries, 1 KiB in all. Names have letters, digits, hyphens and underscores.")
        {
            IsOptional = true,
        },
        ["OutboxResponse.data"] = new("What the app is given with a push: its `kind`, and `connectionId` or `sender`."),
        ["ticket"] = new("For `Authorization: Bearer` at messaging and notifications, until `expiresAt`. A secret. Opaque.") { MinLength = 111, Pattern = Base64Url },
        ["VendingResponse.expiresAt"] = new("When the ticket runs out."),
        ["grants"] = new("What the ticket allows, by connection."),
        ["out"] = MailboxName with { Description = "The mailbox that one writes. " + MailboxName.Description },
        ["in"] = MailboxName with { Description = "The mailbox that one reads. " + MailboxName.Description },
        ["path.out"] = MailboxName with { Description = "An `out` of the ticket." },
        ["path.in"] = MailboxName with { Description = "An `in` of the ticket." },
        ["path.mailbox"] = MailboxName with { Description = "Part of a signed address." },
        ["path.video"] = new("The time stamp of the video, Unix ms.") { Pattern = "^[0-9]{1,15}$" },
        ["query.type"] = new("Part of a signed address: the content type."),
        ["query.length"] = new("Part of a signed address: the length in bytes.") { Pattern = "^[0-9]+$" },
        ["query.expires"] = new("Part of a signed address: from when it is refused, Unix ms.") { Pattern = "^[0-9]+$" },
        ["query.signature"] = new("Part of a signed address. Opaque.") { Length = 43, Pattern = Base64Url },
        ["GrantResponse.peer"] = new("How the notification server knows the other side: `to` of a notification.") { Length = 22, Pattern = Base64Url },
        ["changed"] = new("The connections-changed bit."),
        ["bit"] = new("True: the list of connections has changed since it was fetched. Fetching it clears the bit."),
        ["ChangedResponse.version"] = new("Which version of the list the bit stands for; 0 when the list never changed.") { Least = 0 },
        ["MailboxesResponse.in"] = new("The mailboxes, in the order of the ticket's grants."),
        ["MailboxResponse.name"] = MailboxName with { Description = "The `in` of a grant." },
        ["video"] = new("Time stamp of a video, Unix ms; its name, too. Each one that is sent is later than those before, and at most a day ahead of the server's clock.") { Least = 1 },
        ["MailboxResponse.video"] = new("Time stamp of the newest video that the other side has sent, Unix ms. Left out before the first.") { Least = 1 },
        ["MailboxRequest.video"] = new("Time stamp of the video that was uploaded, Unix ms, at most a day ahead of the server's clock.") { Least = 1, IsOptional = true },
        ["MailboxResponse.seen"] = new("What the other side has seen of the videos sent to it. Left out before the first."),
        ["MailboxRequest.seen"] = new("What this side has seen of the other side's videos.") { IsOptional = true },
        ["SeenResponse.status"] = Seen,
        ["SeenRequest.status"] = Seen,
        ["contentType"] = new("`video/…` in lower case and without parameters, or `application/octet-stream`.") { MaxLength = 80 },
        ["length"] = new("How many bytes the video has.") { Least = 1 },
        ["url"] = new("Where to send the bytes. A credential: do not log it.") { Format = "uri" },
        ["method"] = new("The HTTP method of the upload."),
        ["headers"] = new("Headers of the upload, to be sent as they are."),
        ["UploadResponse.expiresAt"] = new("When the address stops working for uploads that have not begun."),
        ["OutboxResponse.at"] = new("When it was sent."),
        ["channel"] = new("How it was sent.") { Values = ["sms", "push"] },
        ["to"] = new("The phone number, or the device's token."),
        ["text"] = new("What the person reads."),
        ["HealthResponse.status"] = new("Ready when every dependency is `ok`.") { Values = ["ready", "not-ready"] },
        ["dependencies"] = new("Each dependency by name."),
        ["DependencyHealth.status"] = new("`catching-up`: works, but has not yet seen all that was written.") { Values = ["ok", "catching-up", "failing"] },
        ["position"] = new("How far it has come, where it follows the log.") { Least = 0 },
        ["DependencyHealth.detail"] = new("What is wrong, where something is."),
        ["Problem.type"] = new("`urn:cqrs:problem:` and the code.") { Format = "uri" },
        ["Problem.title"] = new("What the code means, always the same for it."),
        ["Problem.status"] = new("The status of the response.") { Least = 400, Most = 599 },
        ["Problem.detail"] = new("What happened and what to do, for developers. Never repeats what was sent."),
        ["Problem.code"] = new("Stable name of the problem; decide by it. New ones are added."),
        ["field"] = new("Which field is meant, for `invalid-request`; a nested one by its path, `seen.video`. A header by its name."),
        ["attemptsLeft"] = new("How many tries the code has left, for `wrong-code`.") { Least = 0 },
        ["retryAt"] = new("From when the same may succeed; `Retry-After` says it in seconds."),
    };

    /// <summary>Returns the field of this schema, else the one of this name; null when it is not described.</summary>
    public static Field? Find(string schema, string name) => All.GetValueOrDefault($"{schema}.{name}") ?? All.GetValueOrDefault(name);
}
