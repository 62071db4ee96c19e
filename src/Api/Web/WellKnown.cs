using System.Buffers;
using System.Text.Json;

namespace Cqrs.Api.Web;

/// <summary>The two files by which phones learn that the app may open this site's invite links.</summary>
public static class WellKnown
{
    public const string ApplePath = "/.well-known/apple-app-site-association";
    public const string AndroidPath = "/.well-known/assetlinks.json";

    /// <summary>
    /// <c>apple-app-site-association</c> for iOS 13 and later: links of the form <c>/i/*</c> belong to the app.
    /// Source: Apple, "Supporting associated domains", <c>applinks.details.components</c>.
    /// </summary>
    public static byte[] AppleAppSiteAssociation(AppLinks links) => Json(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("applinks");
        json.WriteStartArray("details");
        if (links.IosAppIds.Count > 0)
        {
            json.WriteStartObject();
            Strings(json, "appIDs", links.IosAppIds);
            json.WriteStartArray("components");
            json.WriteStartObject();
            json.WriteString("/", $"{links.BasePath}/i/*");
            json.WriteString("comment", "Invites");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>
    /// <c>assetlinks.json</c>: the app signed with one of these certificates may open the site's links. Source: Google,
    /// "Digital Asset Links", relation <c>delegate_permission/common.handle_all_urls</c>.
    /// </summary>
    public static byte[] AssetLinks(AppLinks links) => Json(json =>
    {
        json.WriteStartArray();
        if (links.AndroidCertFingerprints.Count > 0)
        {
            json.WriteStartObject();
            Strings(json, "relation", ["delegate_permission/common.handle_all_urls"]);
            json.WriteStartObject("target");
            json.WriteString("namespace", "android_app");
            json.WriteString("package_name", links.AndroidPackage);
            Strings(json, "sha256_cert_fingerprints", links.AndroidCertFingerprints);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" })) write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
