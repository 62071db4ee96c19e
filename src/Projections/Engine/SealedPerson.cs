using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Projections.Engine;

/// <summary>
/// What a read model keeps of a person: the values as the log has them, each sealed under the person's own key. Nothing
/// is opened to keep them, and the same events make the same rows.
/// </summary>
internal readonly record struct SealedPerson(string? First, string? Last, string? Phone, string? MailboxKey = null)
{
    private const char Between = '\n';

    /// <summary>One text for a column; null for nobody.</summary>
    public string? Text => (First ?? Last ?? Phone ?? MailboxKey) is null ? null : $"{First}{Between}{Last}{Between}{Phone}{Between}{MailboxKey}";

    /// <param name="stream">The stream of the event that the values come from.</param>
    /// <returns>Null for nobody, and for somebody who has been forgotten.</returns>
    public static async ValueTask<Person?> OpenAsync(PersonalSealer sealer, string stream, UserId subject, string? text, CancellationToken cancel)
    {
        if (text is null) return null;
        var carried = Parse(text);
        var person = new Person(
            (await sealer.OpenCarriedAsync(stream, subject, carried.First, cancel)).Text,
            (await sealer.OpenCarriedAsync(stream, subject, carried.Last, cancel)).Text,
            (await sealer.OpenCarriedAsync(stream, subject, carried.Phone, cancel)).Text,
            (await sealer.OpenCarriedAsync(stream, subject, carried.MailboxKey, cancel)).Text);
        return person == default ? null : person;
    }

    /// <summary>The mailbox key alone, as it is sealed; empty where there is none.</summary>
    public static ReadOnlySpan<char> MailboxKeyIn(ReadOnlySpan<char> text) => text[(text.LastIndexOf(Between) + 1)..];

    public override string ToString() => "person";

    private static SealedPerson Parse(string text)
    {
        var values = text.Split(Between);
        return new(Given(values[0]), Given(values[1]), Given(values[2]), Given(values[3]));

        static string? Given(string value) => value.Length == 0 ? null : value;
    }
}

/// <summary>A person in clear, for as long as a query takes.</summary>
internal readonly record struct Person(string? First, string? Last, string? Phone, string? MailboxKey)
{
    public override string ToString() => "person";
}
