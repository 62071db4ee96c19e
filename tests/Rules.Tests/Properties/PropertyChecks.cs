using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Cqrs.Rules.Tests.Properties;

/// <summary>Properties over long random histories. A failure prints the shortest history found and the seed to replay it.</summary>
public static class PropertyChecks
{
    /// <summary>Runs <paramref name="play"/>, which throws where something is wrong, on histories of these steps.</summary>
    public static void ForAllHistories<TStep>(Gen<TStep> step, int histories, int longest, Action<TStep[]> play) =>
        Prop.ForAll(Arb.Array(Arb.From(step)), play)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(histories).WithStartSize(2).WithEndSize(longest));

    /// <summary>All that a state says, to compare two of them: records compare their arrays by reference.</summary>
    public static string InFull<TState>(TState state) => JsonSerializer.Serialize(state);
}
