namespace Cqrs.Client.Messaging;

internal sealed record UploadRequest(long Video, string ContentType, long Length);

/// <param name="Url">Where to send the bytes: a secret for as long as it lives. Relative ones are the server's own.</param>
internal sealed record UploadAnswer(string Url, string Method, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ExpiresAt)
{
    public override string ToString() => "upload";
}
