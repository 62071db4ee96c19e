using System.Text;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.Gateway.Calls;

namespace Cqrs.Gateway.Reading;

/// <summary>Names of streams as calls bring them.</summary>
internal static class Names
{
    /// <summary>Everything, as a stream; it is read by other means and nobody appends to it.</summary>
    public const string All = "$all";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="CallException">There is none, or it is no text.</exception>
    public static string Of(StreamIdentifier? identifier)
    {
        if (identifier is null || identifier.StreamName.IsEmpty) throw Refusals.Invalid("The name of the stream is missing.");
        try
        {
            var name = Strict.GetString(identifier.StreamName.Span);
            return name.Contains('\0') ? throw Refusals.Invalid("The name of a stream may not contain the character U+0000.") : name;
        }
        catch (DecoderFallbackException)
        {
            throw Refusals.Invalid("The name of the stream is no UTF-8.");
        }
    }
}
