using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Cqrs.Cli.Events;

namespace Cqrs.Cli.Doctor;

/// <summary>A running server: is it reached, is it ready, is its clock right, is its certificate good?</summary>
internal static class ServerChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(14);

    /// <param name="isAskedFor">The operator named the address, and expects a server there.</param>
    public static Check Of(Uri address, bool isAskedFor) =>
        new("server", 3 * Patience, async cancel => await ExamineAsync(address, isAskedFor, cancel).ToListAsync(cancel));

    private static async IAsyncEnumerable<Finding> ExamineAsync(
        Uri address, bool isAskedFor, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        Finding? certificate = null;
        using var handler = new SocketsHttpHandler { ConnectTimeout = Patience };

        // A fault of the certificate is a finding, and the check goes on: nothing secret is sent to the server.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, errors) =>
        {
            certificate = Examine(shown as X509Certificate2, errors);
            return true;
        };
        using var http = new HttpClient(handler) { BaseAddress = address, Timeout = Patience };
        var (answer, failure) = await AskAsync(http, cancel);
        if (certificate is not null) yield return certificate;
        if (answer is null)
        {
            yield return isAskedFor
                ? Finding.Fault("server", $"{address} does not answer: {failure}", "Start it, or correct the address; a firewall or proxy may lie between.")
                : Finding.Look("server", $"none answers at {address}", "Start one (dotnet run --project src/Api), or name its address with --url.");
            yield break;
        }

        using (answer)
        {
            yield return Ready(address, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancel));
            if (answer.Headers.Date is { } date) yield return Clock(date);
        }
    }

    private static async Task<(HttpResponseMessage? Answer, string? Failure)> AskAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            return (await http.GetAsync("/health/ready", cancel), null);
        }
        catch (HttpRequestException e)
        {
            return (null, e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, $"no answer within {Patience.TotalSeconds} s");
        }
    }

    private static Finding Ready(Uri address, int status, string body)
    {
        try
        {
            var health = JsonDocument.Parse(body).RootElement;
            var failing = health.GetProperty("dependencies").EnumerateObject().Where(part => part.Value.GetProperty("status").GetString() != "ok")
                .Select(part => $"{part.Name} is {part.Value.GetProperty("status").GetString()}{(part.Value.TryGetProperty("detail", out var detail) ? $" ({detail})" : "")}").ToList();
            return failing.Count == 0
                ? Finding.Ok("server", $"{address} is {health.GetProperty("status").GetString()}")
                : Finding.Fault("server", $"{address}: {string.Join(", ", failing)}", "What is catching up needs time. For the rest its log tells more, under the same names.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Finding.Fault("server", $"{address} answers {status}, but not as this product does", "Correct the address; a proxy may lie between.");
        }
    }

    // The header has whole seconds.
    private static Finding Clock(DateTimeOffset date)
    {
        var skew = TimeProvider.System.GetUtcNow() - date;
        var found = string.Create(CultureInfo.InvariantCulture, $"the server's is {EventRows.Time(date)}, {Math.Abs(skew.TotalSeconds):N0} s {(skew > TimeSpan.Zero ? "behind" : "ahead of")} this one");
        return skew.Duration() > Tolerance
            ? Finding.Look("clock of the server", found, "Run a time service (NTP) on both: codes and tickets expire by these clocks.")
            : Finding.Ok("clock of the server", "right, within some seconds");
    }

    private static Finding Examine(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        const string check = "certificate";
        if (certificate is null) return Finding.Fault(check, "none was shown", "Give the server one: Kestrel:Certificates:Default:Path.");
        var (now, ends) = (TimeProvider.System.GetUtcNow(), new DateTimeOffset(certificate.NotAfter));
        var found = $"{certificate.Subject}, until {EventRows.Time(ends)}";
        if (ends < now) return Finding.Fault(check, found + ", which is over", "Renew it, and start the server again.");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return Finding.Fault(check, found + ", for another name", "Use the name that it was issued for, or have one issued for this name.");
        if (errors != SslPolicyErrors.None) return Finding.Fault(check, found + ", and not trusted here", "Add its authority to those that this machine trusts, or have it issued by one that phones trust.");
        return ends - now < Renewal ? Finding.Look(check, found, "Renew it soon.") : Finding.Ok(check, found);
    }
}
