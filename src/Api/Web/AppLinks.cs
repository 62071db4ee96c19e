using System.Text.RegularExpressions;
using Cqrs.Domain.Users;
using Cqrs.Gateway.Configuration;
using Cqrs.Gateway.Listening;
using Microsoft.Extensions.Options;

namespace Cqrs.Api.Web;

/// <summary>
/// What the web pages know of the app (section <c>App</c>): its name, where to get it, and the address under which
/// invites are reached. The defaults are good for development only.
/// </summary>
public sealed partial record AppLinks
{
    /// <summary>The section that <see cref="From"/> reads.</summary>
    public const string Section = "App";

    private readonly string? _link;
    private volatile string? _listening;

    /// <summary><c>App:Name</c>: the name people know the app by.</summary>
    public string Name { get; init; } = "Squares";

    /// <summary>
    /// <c>App:Link</c>: the public address of this site, without <c>/i/</c>; may have a path. Where it is not configured:
    /// the address that the server listens on, see <see cref="ListensOn"/>.
    /// </summary>
    public string Link
    {
        get => _link ?? _listening ?? "http://127.0.0.1:5080";
        init => _link = value;
    }

    /// <summary><c>App:StoreLinks:Ios</c>: the app's page in the App Store.</summary>
    public string IosStore { get; init; } = "https://apps.apple.com/app/id1234567890";

    /// <summary><c>App:StoreLinks:Android</c>: the app's page in Google Play.</summary>
    public string AndroidStore { get; init; } = "https://play.google.com/store/apps/details?id=app.squares.dev";

    /// <summary>
    /// <c>App:Scheme</c>: the URL scheme that the iOS app answers to. A link to the site that the person is already
    /// on never opens an iOS app, so the page needs one of its own.
    /// </summary>
    public string Scheme { get; init; } = "squares";

    /// <summary><c>App:Ios:AppIds</c>: who may open invite links on iOS, each <c>TEAMID.bundle.id</c>.</summary>
    public IReadOnlyList<string> IosAppIds { get; init; } = ["DEVTEAM000.app.squares.dev"];

    /// <summary><c>App:Android:Package</c>: the app's package name.</summary>
    public string AndroidPackage { get; init; } = "app.squares.dev";

    /// <summary><c>App:Android:CertFingerprints</c>: SHA-256 of the signing certificates, 32 hex pairs with colons.</summary>
    public IReadOnlyList<string> AndroidCertFingerprints { get; init; } = [string.Join(':', Enumerable.Repeat("00", 32))];

    /// <summary>The path of <see cref="Link"/> without a slash at its end; empty for most sites.</summary>
    public string BasePath => new Uri(Link).AbsolutePath.TrimEnd('/');

    /// <summary>The public link of an invite: what the SMS carries.</summary>
    public string InviteLink(string code) => $"{Link.TrimEnd('/')}/i/{code}";

    /// <summary>
    /// Links follow the first of these addresses that has a host and a port, unless <c>App:Link</c> is configured. A
    /// wildcard is reached as 127.0.0.1: in development, browser and server share a machine.
    /// </summary>
    /// <param name="addresses">For Kestrel, for example <c>http://[::]:5080</c>.</param>
    public void ListensOn(IEnumerable<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        foreach (var text in addresses)
        {
            if (ListenAddresses.Fault(text) is not null) continue;
            var address = BindingAddress.Parse(text);
            if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0) continue;
            var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
            _listening = new UriBuilder(address.Scheme, host, address.Port).Uri.GetLeftPart(UriPartial.Authority);
            return;
        }
    }

    /// <summary>Reads the section <c>App</c>; what is not there keeps its development value.</summary>
    /// <exception cref="OptionsValidationException">A value is wrong; each failure names the setting, the fault and an example.</exception>
    public static AppLinks From(IConfiguration configuration)
    {
        var app = configuration.GetSection(Section);
        var fallback = new AppLinks();
        var links = new AppLinks
        {
            Name = app["Name"] ?? fallback.Name,
            IosStore = app["StoreLinks:Ios"] ?? fallback.IosStore,
            AndroidStore = app["StoreLinks:Android"] ?? fallback.AndroidStore,
            Scheme = app["Scheme"] ?? fallback.Scheme,
            IosAppIds = ConfiguredList.Find(configuration, $"{Section}:Ios:AppIds", ',') ?? fallback.IosAppIds,
            AndroidPackage = app["Android:Package"] ?? fallback.AndroidPackage,
            AndroidCertFingerprints = ConfiguredList.Find(configuration, $"{Section}:Android:CertFingerprints", ',') ?? fallback.AndroidCertFingerprints,
        };
        if (app["Link"] is { } link) links = links with { Link = link };
        var faults = links.Faults();
        return faults.Count == 0 ? links : throw new OptionsValidationException(Section, typeof(AppLinks), faults);
    }

    /// <summary>What is wrong with these values, one sentence each; empty where nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Name.Length > 60 || !VisibleText.ShowsSomething(Name) || !VisibleText.IsText(Name))
            faults.Add("App:Name must have 1 to 60 characters, at least one that can be seen and no control characters, for example 'Squares'.");
        if (!IsSite(Link))
            faults.Add($"App:Link '{Link}' is no http or https address without query, for example 'https://squares.example'.");
        if (!IsHttps(IosStore))
            faults.Add($"App:StoreLinks:Ios '{IosStore}' is no https address, for example 'https://apps.apple.com/app/id1234567890'.");
        if (!IsHttps(AndroidStore))
            faults.Add($"App:StoreLinks:Android '{AndroidStore}' is no https address, for example 'https://play.google.com/store/apps/details?id=app.squares'.");
        if (!SchemePattern().IsMatch(Scheme) || Scheme is "http" or "https" or "javascript" or "data" or "file" or "vbscript")
            faults.Add($"App:Scheme '{Scheme}' is no URL scheme of an app, for example 'squares'.");
        if (!PackagePattern().IsMatch(AndroidPackage))
            faults.Add($"App:Android:Package '{AndroidPackage}' is no package name, for example 'app.squares'.");
        foreach (var id in IosAppIds.Where(id => !AppIdPattern().IsMatch(id)))
            faults.Add($"App:Ios:AppIds '{id}' is no team id with a bundle id, for example 'ABCDE12345.app.squares'.");
        foreach (var print in AndroidCertFingerprints.Where(print => !FingerprintPattern().IsMatch(print)))
            faults.Add($"App:Android:CertFingerprints '{print}' is no SHA-256 fingerprint, 32 upper-case hex pairs like '14:6D:E9:…'.");
        return faults;
    }

    private static bool IsSite(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0;

    private static bool IsHttps(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https";

    [GeneratedRegex(@"\A[a-z][a-z0-9+.-]{1,40}\z", RegexOptions.None, 1000)]
    private static partial Regex SchemePattern();

    [GeneratedRegex(@"\A[A-Z0-9]{10}(\.[A-Za-z0-9-]+)+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AppIdPattern();

    [GeneratedRegex(@"\A[A-Za-z]\w*(\.[A-Za-z]\w*)+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PackagePattern();

    [GeneratedRegex(@"\A[0-9A-F]{2}(:[0-9A-F]{2}){31}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FingerprintPattern();
}
