namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>Status codes of gRPC: <c>doc/statuscodes.md</c> of its public repository.</summary>
public enum GrpcStatus
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>A message is longer than is accepted here; it was not read.</summary>
public sealed class GrpcMessageTooLongException(string message) : GrpcFormatException(message);

/// <summary>What a status says in headers and trailers: <c>grpc-status</c>, and <c>grpc-message</c>, percent-encoded.</summary>
public static class GrpcHeaders
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Encoding = "grpc-encoding";
    public const string Timeout = "grpc-timeout";
    public const string ContentType = "application/grpc";

    /// <summary>Printable ASCII but <c>%</c> stays; every other byte of the text's UTF-8 becomes <c>%XX</c>.</summary>
    public static string EncodeMessage(string message)
    {
        if (message.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && !message.Contains('%')) return message;
        var encoded = new System.Text.StringBuilder();
        foreach (var value in System.Text.Encoding.UTF8.GetBytes(message))
        {
            if (value is >= (byte)' ' and <= (byte)'~' and not (byte)'%') encoded.Append((char)value);
            else encoded.Append('%').Append(value.ToString("X2"));
        }

        return encoded.ToString();
    }

    /// <summary>The text again; what is no encoding is taken as it stands, as the protocol asks.</summary>
    public static string DecodeMessage(string encoded) => Uri.UnescapeDataString(encoded);

    /// <summary>A deadline as <c>grpc-timeout</c>: at most eight digits and a unit.</summary>
    public static string EncodeTimeout(TimeSpan timeout)
    {
        var milliseconds = Math.Max(1, (long)timeout.TotalMilliseconds);
        return milliseconds < 100_000_000 ? $"{milliseconds}m" : $"{Math.Min(99_999_999, milliseconds / 1000)}S";
    }

    /// <returns>Null for none, and for what is no timeout.</returns>
    public static TimeSpan? DecodeTimeout(string? text)
    {
        if (text is not { Length: >= 2 and <= 9 } || !long.TryParse(text.AsSpan(0, text.Length - 1), System.Globalization.NumberStyles.None, null, out var value)) return null;
        return text[^1] switch
        {
            'H' => TimeSpan.FromHours(Math.Min(value, 24 * 365)),
            'M' => TimeSpan.FromMinutes(value),
            'S' => TimeSpan.FromSeconds(value),
            'm' => TimeSpan.FromMilliseconds(value),
            'u' => TimeSpan.FromMicroseconds(value),
            'n' => TimeSpan.FromMicroseconds(value / 1000),
            _ => null,
        };
    }
}
