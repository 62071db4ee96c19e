using Cqrs.Client.Http;
using Cqrs.Client.Registration;

namespace Cqrs.Client;

/// <summary>
/// An installed app, before anybody has registered with it. Registration leads to a <see cref="UserClient"/>. All calls
/// may be made from several threads.
/// </summary>
public sealed class AppClient
{
    private readonly Transport _transport;

    /// <param name="http">
    /// Has the server's address as its BaseAddress, and lives as long as the app. Its Timeout bounds uploads, too: make
    /// it as long as the largest video may take; small calls have <see cref="ClientOptions.TryTimeout"/>.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no base address.</exception>
    public AppClient(HttpClient http, ClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.BaseAddress is null) throw new ArgumentException("The HttpClient needs the server's address as its BaseAddress.", nameof(http));
        _transport = new(http, options ?? new());
    }

    /// <summary>Asks for a code, which goes to the number by SMS. The answer is the same for known and unknown numbers.</summary>
    /// <param name="phone">As it was typed.</param>
    /// <param name="region">Where the phone is at home, two letters (<c>US</c>): completes a national number.</param>
    /// <exception cref="ApiException"><c>invalid-phone</c>, <c>invalid-name</c>, <c>country-not-allowed</c>, <c>rate-limited</c>.</exception>
    public async Task<PendingRegistration> RegisterAsync(
        string firstName, string lastName, string phone, string? region = null, CancellationToken cancel = default)
    {
        var call = ApiCall.Post("registrations").With(new(firstName, lastName, phone, region), ClientJson.Default.RegistrationRequest);
        return (await _transport.SendAsync(call, cancel)).Read(ClientJson.Default.PendingRegistration);
    }

    /// <summary>Asks for another code, which takes the place of the one before.</summary>
    /// <exception cref="ApiException">
    /// <c>resend-too-soon</c> with <see cref="ApiException.RetryAfter"/>, <c>code-expired</c>, <c>unknown-registration</c>, <c>rate-limited</c>.
    /// </exception>
    public async Task<PendingRegistration> ResendAsync(string registrationId, CancellationToken cancel = default)
    {
        var call = ApiCall.Post($"registrations/{Uri.EscapeDataString(registrationId)}/resend");
        return (await _transport.SendAsync(call, cancel)).Read(ClientJson.Default.PendingRegistration);
    }

    /// <summary>
    /// Sends the code back. Who verifies his number again is the same user with the same connections; the auth token
    /// that he had before is dead.
    /// </summary>
    /// <returns>The user; keep his <see cref="UserClient.Credentials"/>.</returns>
    /// <exception cref="ApiException">
    /// <c>wrong-code</c> with <see cref="ApiException.AttemptsLeft"/>, <c>code-expired</c>, <c>too-many-attempts</c>, <c>unknown-registration</c>.
    /// </exception>
    public async Task<UserClient> VerifyAsync(string registrationId, string code, CancellationToken cancel = default)
    {
        var call = ApiCall.Post($"registrations/{Uri.EscapeDataString(registrationId)}/verify").With(new(code), ClientJson.Default.VerifyRequest);
        var verified = (await _transport.SendAsync(call, cancel)).Read(ClientJson.Default.VerifyAnswer);
        return SignIn(new(verified.UserId, verified.AuthToken, verified.MailboxKey));
    }

    /// <summary>The user whom the phone knows from an earlier start. Asks the server nothing.</summary>
    public UserClient SignIn(Credentials credentials) => new(_transport, credentials);
}
