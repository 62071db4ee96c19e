using System.Collections.Frozen;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.Tables;

namespace Cqrs.Projections.Engine;

/// <summary>What a read model in SQLite consists of: tables, and how each event changes them.</summary>
public interface ISqliteModel
{
    string Name { get; }

    LogFilter Filter { get; }

    /// <summary>Statements that make the tables, and the indexes that applying needs, where they are not there yet.</summary>
    string Schema { get; }

    /// <summary>Statements that make the indexes that only readers need. A rebuild makes them last.</summary>
    string Indexes => "";

    /// <summary>
    /// JSON names of the fields with personal data that are opened to be applied. All others come as
    /// <see cref="EventStore.Serialization.EventCodec.DecodeCarriedAsync"/> leaves them: sealed, to be kept as they are.
    /// </summary>
    IReadOnlySet<string> Opens => FrozenSet<string>.Empty;

    /// <summary>The columns that hold personal data, or derive from them: they are never shown.</summary>
    IReadOnlyList<PersonalColumn> Personal => [];

    /// <summary>Names the code that folds the model; see <see cref="ModelFingerprint"/>.</summary>
    string Fingerprint => ModelFingerprint.Of(this);

    /// <summary>Applies one event inside the transaction of its batch.</summary>
    void Apply(SqliteTables write, ProjectedEvent projected);
}

/// <summary>A column with personal data, and the column with their subject's id.</summary>
/// <param name="IsOpened">It derives from what was opened: nothing is there when it was folded after its subject was forgotten.</param>
public sealed record PersonalColumn(string Table, string Column, string SubjectColumn, bool IsOpened = false);
