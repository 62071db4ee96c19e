using System.Security.Cryptography;
using System.Text;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Events;
using Cqrs.Domain.Audit;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Cli.Audit;

/// <summary>Puts on record that personal data are about to be shown, and to which operator (docs/decisions/audit.md).</summary>
internal static class RevealAudit
{
    /// <summary>Returns how fields may be shown: masked, or, once the request is durably on record, in clear.</summary>
    /// <param name="command">The verbs, such as <c>events replay</c>.</param>
    /// <exception cref="CliException">A stream is asked for that is not there: there is nothing to reveal.</exception>
    public static async Task<PersonalFields> FieldsAsync(Stores stores, Reveal? reveal, string command, EventQuery query, CancellationToken cancel)
    {
        if (reveal is null) return PersonalFields.MaskedBy(stores.Keys);
        if (query.Stream is { } stream) await EnsureThereAsync(stores.Log, stream, cancel);
        await RecordAsync(stores, reveal, command, Asked(query, stores.Codec.Types), cancel);
        return PersonalFields.InClear(stores.Keys);
    }

    /// <summary>Records it; what is asked for may be shown when this returns, and may not when it throws.</summary>
    /// <param name="asked">Nothing personal.</param>
    public static async Task RecordAsync(Stores stores, Reveal reveal, string command, string asked, CancellationToken cancel)
    {
        var (at, login) = (stores.Clock.GetUtcNow(), $"{Environment.UserName}@{Environment.MachineName}");
        var @operator = OperatorOf(login, await stores.SystemKeys.GetOrCreateSystemKeyAsync("operators", cancel));
        var reason = string.IsNullOrWhiteSpace(reveal.Reason) ? null : new Personal(@operator, reveal.Reason);
        var revealed = new PersonalDataRevealed(@operator, new(@operator, login), reason, command, asked, at);

        var stream = StreamNames.OfAudit(DateOnly.FromDateTime(at.UtcDateTime));
        var id = new CommandId(Guid.CreateVersion7(at));
        var events = await stores.Codec.EncodeAsync(stream, [revealed], new(id, id.Value, id.Value, @operator, at), cancel: cancel);
        await stores.Log.AppendAsync(stream, ExpectedVersion.Any, events, CancellationToken.None);
    }

    public static async Task EnsureThereAsync(IEventLog log, string stream, CancellationToken cancel)
    {
        if ((await log.ReadStreamAsync(stream, 0, 1, cancel: cancel)).LastVersion == StreamVersion.None)
            throw NoStream(stream);
    }

    /// <summary>The failure of a verb that was given the name of a stream without events.</summary>
    public static CliException NoStream(string stream)
    {
        // Listings show user-…@4: the stream with the version of the event.
        var at = stream.LastIndexOf('@');
        var advice = at > 0 && at < stream.Length - 1 && stream.AsSpan(at + 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? $"The stream is {stream[..at]}; what follows the @ is the version of an event."
            : "Names look like user-{id}; cqrs events replay --category user shows some.";
        return new(ExitCodes.NoInput, $"There is no stream {stream}. {advice}");
    }

    // What was typed may be anything, a number or a name; only what this program knows by itself goes on record. The
    // stream is there, and names of streams hold nothing personal.
    private static string Asked(EventQuery query, EventTypes types) => (query with
    {
        Categories = [.. query.Categories.Select(name => StreamNames.All.Contains(name) ? name : "unknown")],
        Types = [.. query.Types.Select(name => types.Names.Contains(name) ? name : "unknown")],
    }).ToString();

    private static UserId OperatorOf(string login, ReadOnlyMemory<byte> key)
    {
        var hash = HMACSHA256.HashData(key.Span, Encoding.UTF8.GetBytes(login));
        return new(DerivedGuid.From("cqrs/operator/v1\0"u8, new Guid(hash.AsSpan(0, 16), bigEndian: true), []));
    }
}
