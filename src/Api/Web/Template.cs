using System.Buffers;
using System.Text;

namespace Cqrs.Api.Web;

/// <summary>
/// HTML with <c>{{names}}</c>, cut once into UTF-8 pieces. Names that are known when it is cut become part of the text;
/// the others, the slots, are filled at each request.
/// </summary>
internal sealed class Template
{
    private readonly List<(byte[] Text, int Slot)> pieces = [];

    /// <param name="text">The page.</param>
    /// <param name="known">What is the same for every request; already HTML.</param>
    /// <param name="slots">The names that are filled at each request.</param>
    public Template(string text, IReadOnlyDictionary<string, string> known, params ReadOnlySpan<string> slots)
    {
        var literal = new StringBuilder();
        var rest = text.AsSpan();
        for (var start = rest.IndexOf("{{"); start >= 0; start = rest.IndexOf("{{"))
        {
            literal.Append(rest[..start]);
            rest = rest[(start + 2)..];
            var end = rest.IndexOf("}}");
            var name = rest[..end].ToString();
            rest = rest[(end + 2)..];
            if (known.TryGetValue(name, out var value)) literal.Append(value);
            else if (slots.IndexOf(name) is >= 0 and var slot) Cut(literal, slot);
            else throw new InvalidOperationException($"The page names '{name}', which nobody fills.");
        }

        literal.Append(rest);
        Cut(literal, -1);
    }

    /// <summary>The number of bytes that <see cref="Write"/> will write.</summary>
    public int Length(ReadOnlySpan<byte[]> values)
    {
        var length = 0;
        foreach (var (text, slot) in pieces) length += text.Length + (slot < 0 ? 0 : values[slot].Length);
        return length;
    }

    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte[]> values)
    {
        foreach (var (text, slot) in pieces)
        {
            output.Write(text);
            if (slot >= 0) output.Write(values[slot]);
        }
    }

    private void Cut(StringBuilder literal, int slot)
    {
        pieces.Add((Encoding.UTF8.GetBytes(literal.ToString()), slot));
        literal.Clear();
    }
}
