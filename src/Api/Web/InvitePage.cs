using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Cqrs.Api.Web;

/// <summary>
/// The pages under <c>/i/</c>: composed and cut once, for each kind and device, from the files in <c>Web/Pages</c>. Only
/// the name and the code are filled in at each request.
/// </summary>
public sealed class InvitePage
{
    // Above this many characters a name gets smaller letters, so that it does not push the buttons off the screen.
    private const int LongName = 24;

    private static readonly byte[] LongNameClass = "class=\"long\" "u8.ToArray();

    private static readonly string[] Slots =
        ["name", "plainname", "initial", "fit", "code", "code1", "code2", "code3", "code4"];

    // Composed at the first request: a server on a free port knows its own address only when it has started.
    private readonly Lazy<FrozenDictionary<(InvitePageKind, Device), Template>> pages;

    public InvitePage(AppLinks links)
    {
        var parts = new InvitePageParts(links);
        ContentSecurityPolicy = parts.ContentSecurityPolicy;
        pages = new(() => (from kind in Enum.GetValues<InvitePageKind>()
                           from device in Enum.GetValues<Device>()
                           select (kind, device)).ToFrozenDictionary(
            page => page,
            page => new Template(parts.Compose(page.kind, page.device), parts.Known(page.device), Slots)));
    }

    /// <summary>The policy that allows exactly the style and the script of these pages.</summary>
    public string ContentSecurityPolicy { get; }

    /// <summary>Prepares a page; its length is known before its first byte is written.</summary>
    public RenderedPage Render(InvitePageModel model)
    {
        var (name, code) = (model.FirstName, model.Code);
        var quarter = code.Length / 4;
        var encodedName = Utf8(name);
        return new(
            pages.Value[(model.Kind, model.Device)],
            [
                encodedName,
                IsLeftToRight(name) ? encodedName : Utf8($"\u2068{name}\u2069"),
                Utf8(StringInfo.GetNextTextElement(name).ToUpperInvariant()),
                name.Length > LongName ? LongNameClass : [],
                Utf8(code),
                Utf8(code[..quarter]),
                Utf8(code[quarter..(2 * quarter)]),
                Utf8(code[(2 * quarter)..(3 * quarter)]),
                Utf8(code[(3 * quarter)..]),
            ]);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(InvitePageParts.Html.Encode(text));

    // A title has no <bdi>: a name that may run right to left is set apart by U+2068 and U+2069 instead. Every script
    // that does begins at U+0590 or later; setting a few others apart as well does no harm.
    private static bool IsLeftToRight(string name) => !name.AsSpan().ContainsAnyInRange('\u0590', '\uFFFF');
}

/// <summary>A page that is ready to be written.</summary>
public readonly struct RenderedPage
{
    private readonly Template template;
    private readonly byte[][] values;

    internal RenderedPage(Template template, byte[][] values) => (this.template, this.values) = (template, values);

    /// <summary>In bytes of UTF-8.</summary>
    public int Length => template.Length(values);

    public void Write(IBufferWriter<byte> output) => template.Write(output, values);
}
