using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Cqrs.EventStore.EventStoreDb.Connecting;

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>Whom the client trusts, and the certificate that it shows.</summary>
internal static class NodeCertificates
{
    public static SslClientAuthenticationOptions Options(EsdbSettings settings)
    {
        var options = new SslClientAuthenticationOptions();
        if (!settings.Tls) return options;
        if (settings.ClientCertificateFile is { } file)
        {
            // Through PKCS 12: some platforms do not show a key that was read from PEM and never stored.
            using var pem = X509Certificate2.CreateFromPemFile(file, settings.ClientKeyFile);
            options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null)];
        }

        if (!settings.VerifyCertificate)
        {
#pragma warning disable CA5359, MA0039 // Asked for by name in the connection string (tlsVerifyCert=false).
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        }
        else if (settings.CaFile is { } caFile)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(caFile);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }
}
