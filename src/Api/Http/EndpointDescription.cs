namespace Cqrs.Api.Http;

/// <summary>The description of an endpoint for the OpenAPI document; kept beside its route.</summary>
public sealed class EndpointDescription
{
    public required string OperationId { get; init; }

    public required string Tag { get; init; }

    public required string Summary { get; init; }

    /// <summary>Details beyond the summary, Markdown; null for none.</summary>
    public string? Details { get; set; }

    public bool NeedsToken { get; set; }

    /// <summary>Like <see cref="NeedsToken"/>, with a ticket.</summary>
    public bool NeedsTicket { get; set; }

    public bool IsQuery { get; set; }

    /// <summary>True for a part of the product that neither reads nor writes the log: its answers carry no position.</summary>
    public bool KnowsNoLog { get; set; }

    /// <summary>True when successful answers carry an <c>ETag</c>.</summary>
    public bool HasETag { get; set; }

    /// <summary>True for a write that is done only if <c>If-Match</c> and <c>If-None-Match</c> hold.</summary>
    public bool HasPreconditions { get; set; }

    /// <summary>The body of a request; null for none.</summary>
    public Type? Body { get; set; }

    /// <summary>The names of its query parameters.</summary>
    public List<string> Query { get; } = [];

    /// <summary>Answers by status; null for one without a body.</summary>
    public SortedDictionary<int, Type?> Answers { get; } = [];

    /// <summary>Its own problem codes, besides those that every call may answer.</summary>
    public List<string> Codes { get; } = [];
}

internal static class EndpointDescriptions
{
    public static DescribedEndpoint Describe(this RouteHandlerBuilder endpoint, string operationId, string tag, string summary)
    {
        var description = new EndpointDescription { OperationId = operationId, Tag = tag, Summary = summary };
        endpoint.WithName(operationId).WithMetadata(description);
        return new(description);
    }
}

/// <summary>Fills in a description, sentence by sentence.</summary>
internal readonly struct DescribedEndpoint(EndpointDescription description)
{
    public DescribedEndpoint Tells(string details)
    {
        description.Details = details;
        return this;
    }

    public DescribedEndpoint NeedsToken()
    {
        description.NeedsToken = true;
        return this;
    }

    public DescribedEndpoint NeedsTicket()
    {
        (description.NeedsTicket, description.KnowsNoLog) = (true, true);
        return this;
    }

    public DescribedEndpoint Takes<T>()
    {
        description.Body = typeof(T);
        return this;
    }

    public DescribedEndpoint Answers<T>(int status)
    {
        description.Answers[status] = typeof(T);
        return this;
    }

    /// <summary>Answers with a status alone.</summary>
    public DescribedEndpoint AnswersNothing(int status = StatusCodes.Status204NoContent)
    {
        description.Answers[status] = null;
        return this;
    }

    public DescribedEndpoint Redirects() => AnswersNothing(StatusCodes.Status302Found);

    /// <summary>The query of a signed URL that another call answered.</summary>
    public DescribedEndpoint Query(params ReadOnlySpan<string> names)
    {
        description.Query.AddRange(names);
        description.KnowsNoLog = true;
        return this;
    }

    /// <summary>A write with preconditions, whose success answers the new version's <c>ETag</c>.</summary>
    public DescribedEndpoint HasPreconditions()
    {
        (description.HasPreconditions, description.HasETag) = (true, true);
        return this;
    }

    /// <summary>A read with an <c>ETag</c>, which may answer 304.</summary>
    public DescribedEndpoint HasETag()
    {
        description.HasETag = true;
        return AnswersNothing(StatusCodes.Status304NotModified);
    }

    public DescribedEndpoint IsQuery(bool hasETag = false)
    {
        description.IsQuery = true;
        return hasETag ? HasETag() : this;
    }

    public DescribedEndpoint Fails(params ReadOnlySpan<string> codes)
    {
        foreach (var code in codes) description.Codes.Add(Problems.Kind(code).Code);
        return this;
    }
}
