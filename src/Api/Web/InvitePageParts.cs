using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Cqrs.Api.Web;

/// <summary>Puts the files in <c>Web/Pages</c> together to whole pages, and knows the words that differ between them.</summary>
internal sealed partial class InvitePageParts(AppLinks links)
{
    /// <summary>Letters of every script stay letters; entities would make an Arabic name six times as long.</summary>
    public static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly string style = Read("page.css");
    private readonly string script = Read("page.js");

    public string ContentSecurityPolicy => SecureHeaders.PolicyFor(style, script);

    /// <summary>The text of a page, with the names of what is filled in.</summary>
    public string Compose(InvitePageKind kind, Device device)
    {
        var page = Read("layout.html");
        foreach (var (name, part) in Parts(kind, device)) page = page.Replace($"{{{{{name}}}}}", part, StringComparison.Ordinal);
        return page;
    }

    /// <summary>What is the same at each request, as HTML.</summary>
    public Dictionary<string, string> Known(Device device) => new(StringComparer.Ordinal)
    {
        ["style"] = style,
        ["scripttext"] = script,
        ["app"] = Html.Encode(links.Name),
        ["ios"] = Html.Encode(links.IosStore),
        ["android"] = Html.Encode(links.AndroidStore),
        ["path"] = Html.Encode($"{links.BasePath}/i/"),
        ["link"] = Html.Encode(links.InviteLink("")),
        ["appleid"] = AppleId().Match(links.IosStore).Groups["id"].Value,
        ["appstart"] = Html.Encode(device == Device.Android ? AndroidIntent().Start : $"{links.Scheme}://i/"),
        ["append"] = Html.Encode(device == Device.Android ? AndroidIntent().End : ""),
    };

    // Parts hold names of other parts, so the order matters: the outer first.
    private IEnumerable<(string Name, string Part)> Parts(InvitePageKind kind, Device device)
    {
        var isInvite = kind is InvitePageKind.Open or InvitePageKind.Opened;
        yield return ("main", Read(kind switch { InvitePageKind.Open => "open.html", InvitePageKind.Opened => "opened.html", _ => "message.html" }));
        yield return ("preview", isInvite ? Read("preview.html") : "");
        yield return ("picture", Read("picture.html"));
        yield return ("codecard", Read("codecard.html"));
        yield return ("script", isInvite ? "<script>{{scripttext}}</script>" : "");
        yield return ("banner", AppleId().IsMatch(links.IosStore) ? Read("banner.html") : "");
        yield return ("stores", Stores(kind, device));
        yield return ("applink", device == Device.Other ? "" : Read("applink.html"));
        foreach (var word in Words(kind, device)) yield return word;
    }

    private static (string Name, string Part)[] Words(InvitePageKind kind, Device device) => kind switch
    {
        InvitePageKind.Open or InvitePageKind.Opened =>
        [
            ("title", "{{plainname}} invites you to {{app}}"),
            ("description", "Get the app, register with your phone number, and the invite is waiting for you."),
            ("next", device == Device.Other
                ? "Open {{app}} on your phone now. If you do not have it yet, get it first: the invite waits."
                : "Open {{app}} now. If you do not have it yet, get it first: the invite waits."),
            ("footnote", "You see this page because somebody sent you this invite. If you do not know them, just close it: nothing happens."),
        ],
        InvitePageKind.Ended =>
        [
            ("title", "This invite has ended – {{app}}"),
            ("heading", "This invite has ended"),
            ("text", "It was answered already, or taken back. If you have {{app}}, look there; if not, ask for a new invite."),
            ("footnote", "Nothing was changed by your visit."),
        ],
        InvitePageKind.Unknown =>
        [
            ("title", "No invite here – {{app}}"),
            ("heading", "There is no invite here"),
            ("text", "The link may be incomplete. Open it again from your message, or ask for a new invite."),
            ("footnote", "Nothing was changed by your visit."),
        ],
        _ =>
        [
            ("title", "Please try again – {{app}}"),
            ("heading", "Please try again in a moment"),
            ("text", "We cannot look up your invite just now. It is not lost: open the link again in a minute."),
            ("footnote", "Nothing was changed by your visit."),
        ],
    };

    // The store of the device that asks stands first. Where something else is to be pressed first, or nothing, both step back.
    private static string Stores(InvitePageKind kind, Device device)
    {
        const string Second = " second";
        var (first, second) = (kind, device) switch
        {
            (InvitePageKind.Open or InvitePageKind.Opened, Device.Other) => ("", ""),
            (InvitePageKind.Open, _) => ("", Second),
            _ => (Second, Second),
        };
        return device == Device.Android
            ? $"{Store("android", first)}\n{Store("ios", second)}"
            : $"{Store("ios", first)}\n{Store("android", second)}";
    }

    private static string Store(string which, string rank) =>
        Read($"store-{which}.html").Replace("{{rank}}", rank, StringComparison.Ordinal);

    // Chrome on Android opens the app, or the store where there is none. Source: "Android Intents with Chrome".
    private (string Start, string End) AndroidIntent()
    {
        var site = new Uri(links.InviteLink(""));
        return ($"intent://{site.Authority}{site.AbsolutePath}",
            $"#Intent;scheme={site.Scheme};package={links.AndroidPackage};S.browser_fallback_url={Uri.EscapeDataString(links.AndroidStore)};end");
    }

    private static string Read(string file)
    {
        using var stream = typeof(InvitePageParts).Assembly.GetManifestResourceStream($"Web.Pages.{file}")
            ?? throw new InvalidOperationException($"The page part '{file}' is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").TrimEnd('\n');
    }

    [GeneratedRegex(@"/id(?<id>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AppleId();
}
