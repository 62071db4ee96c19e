using System.Text;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.Gateway.Calls;
using Grpc.Core;

namespace Cqrs.Gateway.Reading;

/// <summary>Reads names of streams from requests.</summary>
internal static class Names
{
    /// <summary>The name of all events together. It is read by options of its own and takes no appends.</summary>
    public const string All = "$all";

    /// <summary>Prefix of a stream that holds the metadata of the stream named behind it.</summary>
    private const string Metadata = "$$";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="RpcException">The name is missing, is not UTF-8 or contains U+0000.</exception>
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
            throw Refusals.Invalid("The name of the stream is not valid UTF-8.");
        }
    }

    /// <summary>
    /// True for a stream of metadata. The server keeps only the last event of such a stream for reads, as if it had
    /// <c>$maxCount</c> 1.
    /// </summary>
    public static bool IsMetadata(string stream) => stream.StartsWith(Metadata, StringComparison.Ordinal);
}
