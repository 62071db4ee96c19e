using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cqrs.Gateway.Configuration;
using Cqrs.Gateway.Listening;
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
    /// <summary>The setting that says where the gateway listens.</summary>
    public const string UrlsSetting = "Gateway:Urls";

    /// <summary>A good value of <see cref="UrlsSetting"/>, for messages.</summary>
    public const string ExampleUrl = "http://127.0.0.1:2113";

    public GatewaySettings Read()
    {
        var urls = Urls();
        var credentials = Credentials("Gateway:Credentials", mayAppend: true)
            .Concat(Credentials("Gateway:ReadOnlyCredentials", mayAppend: false))
            .ToList();
        if (credentials.Count == 0 && urls.FirstOrDefault(url => !IsLoopback(url)) is { } open)
            faults.Add($"Gateway:Urls names {open}, which other machines may reach, but callers need no credentials. Set Gateway:Credentials, for example Gateway:Credentials=tool:password, or listen on {ExampleUrl}.");
        var (certificate, chain) = Certificate(urls);
        return new() { Urls = [.. urls.Select(url => url.ToString())], Credentials = credentials, Certificate = certificate, CertificateChain = chain };
    }

    private List<BindingAddress> Urls()
    {
        var urls = new List<BindingAddress>();
        foreach (var text in ConfiguredList.Read(configuration, UrlsSetting, ';'))
        {
            if (ListenAddresses.Fault(text) is { } fault) faults.Add($"{UrlsSetting} names '{text}', {fault}. For example {UrlsSetting}={ExampleUrl}.");
            else urls.Add(BindingAddress.Parse(text));
        }

        return urls;
    }

    private static bool IsLoopback(BindingAddress url) =>
        url.IsUnixPipe || url.Host == "localhost" || (IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address));

    private IEnumerable<GatewayCredential> Credentials(string name, bool mayAppend)
    {
        foreach (var entry in ConfiguredList.Read(configuration, name, ','))
        {
            if (entry.IndexOf(':') is > 0 and var colon && colon < entry.Length - 1)
                yield return new(entry[..colon], entry[(colon + 1)..], mayAppend);
            else
                faults.Add($"{name} has an entry that is no name and password with a colon between them. For example {name}=analyst:password.");
        }
    }

    private (X509Certificate2? Certificate, X509Certificate2Collection Chain) Certificate(List<BindingAddress> urls)
    {
        var path = configuration["Gateway:Certificate:Path"];
        if (string.IsNullOrEmpty(path))
        {
            if (urls.Exists(url => url.Scheme == "https"))
                faults.Add("Gateway:Certificate:Path is not set, but Gateway:Urls has an address that begins with https://. For example Gateway:Certificate:Path=/etc/cqrs/gateway.pem with Gateway:Certificate:KeyPath=/etc/cqrs/gateway.key.");
            return (null, []);
        }

        try
        {
            var (certificate, chain) = Load(path, configuration["Gateway:Certificate:KeyPath"], configuration["Gateway:Certificate:Password"]);
            if (certificate is not null) return (certificate, chain);
            faults.Add($"Gateway:Certificate:Path is '{path}', which has no certificate with its key. Name the key, for example Gateway:Certificate:KeyPath=/etc/cqrs/gateway.key.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            faults.Add($"Gateway:Certificate:Path is '{path}', from which no certificate can be read ({e.GetType().Name}). It is a PEM file with Gateway:Certificate:KeyPath, or a PKCS #12 file, for example Gateway:Certificate:Path=/etc/cqrs/gateway.pfx with Gateway:Certificate:Password.");
        }

        return (null, []);
    }

    private static (X509Certificate2? Certificate, X509Certificate2Collection Chain) Load(string path, string? keyPath, string? password)
    {
        if (string.IsNullOrEmpty(keyPath))
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
            return (all.FirstOrDefault(one => one.HasPrivateKey), all);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        var certificate = string.IsNullOrEmpty(password)
            ? X509Certificate2.CreateFromPemFile(path, keyPath)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
        return (certificate, chain);
    }
}
