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

    /// <summary>The columns that hold personal data: sealed anew at each fold, they are compared by what they say.</summary>
    IReadOnlyList<PersonalColumn> Personal => [];

    /// <summary>Names the code that folds the model; see <see cref="ModelFingerprint"/>.</summary>
    string Fingerprint => ModelFingerprint.Of(this);

    /// <summary>Applies one event inside the transaction of its batch.</summary>
    ValueTask ApplyAsync(SqliteTables write, ProjectedEvent projected, CancellationToken cancel);
}

/// <summary>A column with personal data, the column with their subject's id, and what they are sealed for.</summary>
/// <param name="Context">Null for what is not sealed but derives from them: it goes when its subject is forgotten.</param>
public sealed record PersonalColumn(string Table, string Column, string SubjectColumn, string? Context);
