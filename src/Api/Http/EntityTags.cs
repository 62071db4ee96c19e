using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Cqrs.Api.Http;

/// <summary>What a precondition says of the current entity tag.</summary>
internal enum TagMatch
{
    /// <summary>The header is missing, or names other tags only.</summary>
    None,

    /// <summary>The header is <c>*</c>: any version, so it does not tell which one the client has.</summary>
    Any,

    /// <summary>The header names this tag.</summary>
    Named,
}

/// <summary>Compares entity tags as RFC 9110, sections 8.8.3.2, 13.1.1 and 13.1.2, says: lists, weak tags and <c>*</c>.</summary>
internal static class EntityTags
{
    /// <summary>Compares <c>If-None-Match</c> of a read with the current tag, weakly. Parts that cannot be read are ignored.</summary>
    /// <param name="etag">Strong, with its quotes.</param>
    public static TagMatch IfNoneMatch(HttpRequest request, string etag)
    {
        var header = request.Headers.IfNoneMatch;
        if (header.Count == 0) return TagMatch.None;

        // Phones poll, and most send back exactly the tag that they were given.
        if (header.Count == 1 && header[0] == etag) return TagMatch.Named;
        return EntityTagHeaderValue.TryParseList(header.ToArray()!, out var tags) ? Match(tags, etag, strongly: false) : TagMatch.None;
    }

    /// <summary>Returns true when <c>If-Match</c> or <c>If-Unmodified-Since</c> of a read forbids to send this version.</summary>
    public static bool IsUnwanted(HttpRequest request, string etag, DateTimeOffset lastModified)
    {
        if (request.Headers.IfMatch is { Count: > 0 } header)
            return !EntityTagHeaderValue.TryParseList(header.ToArray()!, out var tags) || Match(tags, etag, strongly: true) is TagMatch.None;

        // Dates in headers have whole seconds.
        return request.GetTypedHeaders().IfUnmodifiedSince is { } date && lastModified.ToUnixTimeSeconds() > date.ToUnixTimeSeconds();
    }

    /// <summary>Reads the preconditions of a request that stores something.</summary>
    /// <returns>A check of the stored version's tag, null where nothing is stored; null for a request without preconditions.</returns>
    /// <exception cref="InvalidBodyException">A header is malformed. To ignore it could overwrite what the client wants to keep.</exception>
    public static Func<string?, bool>? ForWriting(HttpRequest request)
    {
        var (match, noneMatch) = (Tags(request.Headers.IfMatch, "If-Match"), Tags(request.Headers.IfNoneMatch, "If-None-Match"));
        if (match is null && noneMatch is null) return null;
        return stored =>
            (match is null || (stored is not null && Match(match, stored, strongly: true) is not TagMatch.None))
            && (noneMatch is null || stored is null || Match(noneMatch, stored, strongly: false) is TagMatch.None);
    }

    /// <summary>
    /// Removes a <c>Range</c> that must be ignored (RFC 9110, sections 13.1.5 and 14.2): of a method other than GET, in
    /// an unknown unit, or with an <c>If-Range</c> that is not the current strong tag.
    /// </summary>
    public static void IgnoreForeignRange(HttpRequest request, string etag)
    {
        if (request.Headers.Range.Count == 0) return;
        var isBytes = RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range)
            && range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase);
        var isSameVersion = request.Headers.IfRange.Count == 0 || request.Headers.IfRange.ToString() == etag;
        if (HttpMethods.IsGet(request.Method) && isBytes && isSameVersion) return;
        request.Headers.Remove(HeaderNames.Range);
        request.Headers.Remove(HeaderNames.IfRange);
    }

    private static IList<EntityTagHeaderValue>? Tags(StringValues header, string name)
    {
        if (header.Count == 0) return null;
        return EntityTagHeaderValue.TryParseStrictList(header.ToArray()!, out var tags)
            ? tags
            : throw new InvalidBodyException(name, $"The header {name} is a list of entity tags in quotes, or *.");
    }

    private static TagMatch Match(IList<EntityTagHeaderValue> tags, string etag, bool strongly)
    {
        var current = new EntityTagHeaderValue(etag);
        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any))) return TagMatch.Any;
        return tags.Any(tag => tag.Compare(current, strongly)) ? TagMatch.Named : TagMatch.None;
    }
}
