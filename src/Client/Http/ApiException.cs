namespace Cqrs.Client.Http;

/// <summary>
/// The server refused, failed, or could not be reached. The text repeats nothing that was sent: it may be logged.
/// </summary>
/// <param name="code">See <see cref="Code"/>.</param>
/// <param name="status">See <see cref="Status"/>.</param>
/// <param name="detail">One sentence for a developer.</param>
/// <param name="inner">What broke, where something broke.</param>
public sealed class ApiException(string code, int status, string detail, Exception? inner = null)
    : Exception($"{code}: {detail}", inner)
{
    /// <summary>No answer came: the server cannot be reached, or the connection broke.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>An answer came that is none of this server's.</summary>
    public const string InvalidAnswer = "invalid-answer";

    /// <summary>
    /// The stable code to decide by: those of the HTTP contract (<c>grid-full</c>, <c>wrong-code</c>, …),
    /// <see cref="Unreachable"/>, <see cref="InvalidAnswer"/>, or <c>http-502</c> and its like where something between
    /// phone and server answered.
    /// </summary>
    public string Code { get; } = code;

    /// <summary>The HTTP status; 0 where no answer came.</summary>
    public int Status { get; } = status;

    /// <summary>The field of the request that is meant, for <c>invalid-request</c>.</summary>
    public string? Field { get; init; }

    /// <summary>How long to wait before asking again, where the server says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many tries the code has left, for <c>wrong-code</c>.</summary>
    public int? AttemptsLeft { get; init; }

    /// <summary>How often it was tried; more than 1 says that an earlier try may have taken effect unheard.</summary>
    public int Tries { get; internal set; } = 1;

    /// <summary>True when the same call may succeed later: the server failed, did not answer, or gave up a body that stalled.</summary>
    public bool IsTransient => Status is 408 or >= 500 || Code is Unreachable;
}
