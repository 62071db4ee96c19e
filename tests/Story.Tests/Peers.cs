namespace Cqrs.Story.Tests;

/// <summary>
/// Programs that some tests need beside them. Where one is missing its tests are skipped by name, unless
/// <c>CQRS_TEST_REQUIRE_PEERS=1</c> says that on this machine none may be missing.
/// </summary>
internal static class Peers
{
    /// <summary>The path of Chromium; skips the test where there is none.</summary>
    public static string Chromium() => Require("chromium");

    private static string Require(string program)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
        if (path is null && Environment.GetEnvironmentVariable("CQRS_TEST_REQUIRE_PEERS") == "1")
            Assert.Fail($"{program} is not on the PATH, and CQRS_TEST_REQUIRE_PEERS=1 allows no peer to be missing.");
        Skip.If(path is null, $"{program} is not on the PATH");
        return path!;
    }
}
