namespace Cqrs.Contracts.Tests;

/// <summary>
/// The real programs and packages that tests compare with or run against; they are not part of the repository.
/// <c>eng/peers/install</c> fetches the npm ones. Where a peer is absent its test is skipped and says so; with
/// <c>CQRS_TEST_REQUIRE_PEERS=1</c> (CI) it fails instead. For use in <c>[SkippableFact]</c> and <c>[SkippableTheory]</c>.
/// </summary>
public static class Peers
{
    /// <summary>The folder of the npm packages: <c>CQRS_PEERS</c>, or <c>.peers/node_modules</c> in the repository.</summary>
    public static string NodeModules { get; } =
        Environment.GetEnvironmentVariable("CQRS_PEERS") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Repository, ".peers", "node_modules");

    /// <summary>The folder of the solution that these tests were built from.</summary>
    public static string Repository => FindRepository();

    /// <summary>The folder of an npm package; skips, or fails, where it is absent.</summary>
    public static string RequireNodeModule(string package) => Require(package, Path.Combine(NodeModules, package));

    /// <summary>Answers <paramref name="path"/>, a file or folder of the peer; skips, or fails, where there is none.</summary>
    /// <param name="name">The peer's name, as the skipped test shall tell it.</param>
    /// <param name="path">Where it should be; null where it was looked for and not found.</param>
    public static string Require(string name, string? path)
    {
        var present = File.Exists(path) || Directory.Exists(path);
        var absence = $"The peer '{name}' is absent: {path ?? "nowhere to be found"}. Run eng/peers/install, or set CQRS_PEERS.";
        if (!present && Environment.GetEnvironmentVariable("CQRS_TEST_REQUIRE_PEERS") == "1")
            Assert.Fail(absence);
        Skip.IfNot(present, absence);
        return path!;
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cqrs.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("These tests run from inside the repository: no Cqrs.sln above them.");
    }
}
