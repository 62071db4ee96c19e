using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cqrs.Projections.Engine;

/// <summary>
/// The files of one read model: <c>{name}.db</c> is the first generation, <c>{name}.2.db</c> the one that was rebuilt
/// after it, and so on. The newest is the one that is live; a file becomes it by being given its name. Numbers are
/// never used twice, and older files go in the order of their numbers: so whoever has generation N open finds, as long
/// as it is live, that N is there and N+1 is not. Reasons are in docs/decisions/rebuild.md.
/// </summary>
public sealed class Generations(string folder, string name)
{
    public const int First = 1;

    private static readonly string[] Companions = ["-wal", "-shm"];

    private volatile Paths? _paths;

    public string Folder { get; } = folder;

    public string PathOf(int generation) => Path.Combine(
        Folder, generation == First ? $"{name}.db" : string.Create(CultureInfo.InvariantCulture, $"{name}.{generation}.db"));

    /// <summary>Where a generation lies before it is given its name.</summary>
    public string BuildingPathOf(int generation) => Path.ChangeExtension(PathOf(generation), ".building");

    /// <summary>The newest generation; null where there is none yet.</summary>
    public int? Newest() => Numbers(".db") is { Count: > 0 } numbers ? numbers.Max() : null;

    /// <summary>Whether nothing has taken the place of the generation. Two looks at the folder, no more.</summary>
    // In this order: had both been there and gone between the two looks, the second would tell.
    public bool IsLive(int generation)
    {
        var paths = _paths;
        if (paths?.Generation != generation) _paths = paths = new(generation, PathOf(generation), PathOf(generation + 1));
        return !File.Exists(paths.Next) && File.Exists(paths.Own);
    }

    /// <summary>Opens the generation that is live, or the first when there is none.</summary>
    /// <param name="open">Opens a file and reads from it, so that no part of it is opened later, when it may be gone.</param>
    internal (int Generation, T File) OpenLive<T>(Func<string, T> open)
        where T : IDisposable
    {
        while (true)
        {
            var generation = Newest() ?? First;
            T file;
            try
            {
                file = open(PathOf(generation));
            }
            catch (SqliteException) when (Newest() is { } newest && newest != generation)
            {
                continue;
            }

            if (Newest() == generation) return (generation, file);
            file.Dispose();
        }
    }

    /// <summary>Removes what is older than the live generation, oldest first, and stops where something is still in use.</summary>
    internal void Sweep()
    {
        if (Newest() is not { } live) return;
        for (var generation = First; generation < live; generation++)
        {
            // The file itself first: without it nobody takes what remains for a model.
            if (!(TryDelete(PathOf(generation)) && Companions.All(companion => TryDelete(PathOf(generation) + companion)))) return;
        }

        foreach (var generation in Numbers(".building").Where(generation => generation <= live)) DeleteBuilding(generation);
    }

    internal void DeleteBuilding(int generation)
    {
        File.Delete(BuildingPathOf(generation));
        foreach (var companion in Companions) File.Delete(BuildingPathOf(generation) + companion);
    }

    private List<int> Numbers(string extension)
    {
        var numbers = new List<int>();
        if (!Directory.Exists(Folder)) return numbers;
        foreach (var path in Directory.EnumerateFiles(Folder, $"{name}.*"))
        {
            var file = Path.GetFileName(path);
            if (!file.EndsWith(extension, StringComparison.Ordinal)) continue;
            var middle = file[name.Length..^extension.Length];
            if (middle.Length == 0) numbers.Add(First);
            else if (int.TryParse(middle.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > First) numbers.Add(number);
        }

        return numbers;
    }

    // Windows keeps what somebody has open.
    private static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private sealed record Paths(int Generation, string Own, string Next);
}
