using System.Security.Cryptography;
using Cqrs.Api.Configuration;

namespace Cqrs.Api.Starting;

/// <summary>Explains why Kestrel cannot listen although the addresses themselves are free.</summary>
internal static class StartFaults
{
    private const string CertificateExample =
        "Kestrel:Certificates:Default:Path=/etc/cqrs/server.pem with Kestrel:Certificates:Default:KeyPath=/etc/cqrs/server.key";

    /// <summary>Returns the setting, its fault and an example; null for a fault of another kind.</summary>
    public static string? Explain(Exception error, Settings settings)
    {
        if (error is ConfigurationException or Composition.DataFolderException or OperationCanceledException || !IsOfKestrel(error)) return null;
        var (urls, isSecure) = (string.Join(';', settings.Urls), settings.Urls.Any(url => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)));
        return error switch
        {
            InvalidOperationException when isSecure && error.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
                $"Urls is '{urls}', but there is no certificate for https://. For example {CertificateExample}.",
            CryptographicException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException =>
                $"Kestrel:Certificates names a file from which no certificate can be read ({error.GetType().Name}). For example {CertificateExample}.",
            _ => $"Urls is '{urls}', where the server cannot listen: {FirstLine(error.Message)} For example Urls={SettingsReader.DefaultUrls}; the section Kestrel may name other addresses.",
        };
    }

    private static bool IsOfKestrel(Exception error) =>
        error.StackTrace?.Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) == true;

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
