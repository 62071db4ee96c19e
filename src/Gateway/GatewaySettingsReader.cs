using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Cqrs.Gateway;

/// <summary>
/// Reads <c>Gateway:Urls</c>, <c>Gateway:Credentials</c>, <c>Gateway:ReadOnlyCredentials</c> and
/// <c>Gateway:Certificate:{Path, KeyPath, Password}</c>. Each fault names the setting, what is wrong, and an example;
/// none repeats a password.
/// </summary>
public sealed class GatewaySettingsReader(IConfiguration configuration, ICollection<string> faults)
{
    private const string ExampleUrl = "http://127.0.0.1:2113";

    public GatewaySettings Read()
    {
        var urls = Urls();
        var credentials = Credentials("Gateway:Credentials", mayAppend: true)
            .Concat(Credentials("Gateway:ReadOnlyCredentials", mayAppend: false))
            .ToList();
        if (credentials.Count == 0 && urls.FirstOrDefault(url => !IsLoopback(url)) is { } open)
            faults.Add($"Gateway:Urls names {open}, which other machines may reach, but nobody is asked who he is. Set Gateway:Credentials, for example Gateway:Credentials=tool:password, or listen on {ExampleUrl}.");
        return new() { Urls = [.. urls.Select(url => url.ToString())], Credentials = credentials, Certificate = Certificate(urls) };
    }

    private List<BindingAddress> Urls()
    {
        var urls = new List<BindingAddress>();
        foreach (var text in List("Gateway:Urls", ';'))
        {
            if (Address(text) is { } url) urls.Add(url);
            else faults.Add($"Gateway:Urls names '{text}', which is no address that begins with http:// or https:// and has no path. For example Gateway:Urls={ExampleUrl}.");
        }

        return urls;
    }

    private static BindingAddress? Address(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Scheme is "http" or "https" && address.PathBase.Length == 0 ? address : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsLoopback(BindingAddress url) =>
        url.IsUnixPipe || url.Host == "localhost" || (IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address));

    private IEnumerable<GatewayCredential> Credentials(string name, bool mayAppend)
    {
        foreach (var entry in List(name, ','))
        {
            if (entry.IndexOf(':') is > 0 and var colon && colon < entry.Length - 1)
                yield return new(entry[..colon], entry[(colon + 1)..], mayAppend);
            else
                faults.Add($"{name} has an entry that is no name and password with a colon between them. For example {name}=analyst:password.");
        }
    }

    private X509Certificate2? Certificate(List<BindingAddress> urls)
    {
        var path = configuration["Gateway:Certificate:Path"];
        if (string.IsNullOrEmpty(path))
        {
            if (urls.Exists(url => url.Scheme == "https"))
                faults.Add("Gateway:Certificate:Path is not set, but Gateway:Urls has an address that begins with https://. For example Gateway:Certificate:Path=/etc/cqrs/gateway.pem with Gateway:Certificate:KeyPath=/etc/cqrs/gateway.key.");
            return null;
        }

        try
        {
            var certificate = Load(path, configuration["Gateway:Certificate:KeyPath"], configuration["Gateway:Certificate:Password"]);
            if (certificate.HasPrivateKey) return certificate;
            certificate.Dispose();
            faults.Add($"Gateway:Certificate:Path is '{path}', a certificate without its key. Name the key, for example Gateway:Certificate:KeyPath=/etc/cqrs/gateway.key.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            faults.Add($"Gateway:Certificate:Path is '{path}', from which no certificate can be read ({e.GetType().Name}). It is a PEM file with Gateway:Certificate:KeyPath, or a PKCS #12 file, for example Gateway:Certificate:Path=/etc/cqrs/gateway.pfx with Gateway:Certificate:Password.");
        }

        return null;
    }

    private static X509Certificate2 Load(string path, string? keyPath, string? password)
    {
        if (string.IsNullOrEmpty(keyPath)) return X509CertificateLoader.LoadPkcs12FromFile(path, password);
        return string.IsNullOrEmpty(password)
            ? X509Certificate2.CreateFromPemFile(path, keyPath)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
    }

    private IEnumerable<string> List(string name, char separator)
    {
        var children = configuration.GetSection(name).GetChildren().Select(child => child.Value ?? "").ToList();
        return children.Count > 0
            ? children
            : (configuration[name] ?? "").Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
