using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cqrs.Client.Http;

/// <summary>An answer that is no error, read whole.</summary>
/// <param name="ETag">As sent, with its quotes.</param>
/// <param name="Date">When the server sent it, by its own clock.</param>
internal sealed record ApiAnswer(int Status, byte[] Body, string? ETag, DateTimeOffset? Date)
{
    public bool IsNotModified => Status == (int)HttpStatusCode.NotModified;

    /// <exception cref="ApiException">The body is not what the contract says.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Body, type) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            // Its text may repeat what the server sent; that is not for a log.
            throw new ApiException(ApiException.InvalidAnswer, Status, $"The answer is no {typeof(T).Name}.");
        }
    }
}
