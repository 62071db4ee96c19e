namespace Cqrs.Rules.Tests.Specifications;

/// <summary>
/// Compares a text with an approved file, so that a change shows in review. The file is found from the root of the
/// sources and not, as Shouldly's does, from debug symbols: these hold no real paths in a continuous integration build.
/// </summary>
public static class Approved
{
    /// <param name="actual">The text as it is now.</param>
    /// <param name="file">Path of the approved file below the folder of the test project.</param>
    public static void ShouldBeApproved(this string actual, string file)
    {
        var approved = House.Path("tests", typeof(Approved).Assembly.GetName().Name!["Cqrs.".Length..], file);
        var received = approved.Replace(".approved.", ".received.", StringComparison.Ordinal);
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        if (expected == actual)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, actual);
        Assert.Fail($"{file} differs; if that is meant, replace it by {Path.GetFileName(received)}.\n{FirstDifferences(expected, actual)}");
    }

    private static string FirstDifferences(string expected, string actual)
    {
        var (before, now) = (expected.Split('\n'), actual.Split('\n'));
        var lines =
            from line in Enumerable.Range(0, Math.Max(before.Length, now.Length))
            let was = before.ElementAtOrDefault(line)
            let became = now.ElementAtOrDefault(line)
            where was != became
            select $"line {line + 1}\n  approved: {was}\n  received: {became}";
        return string.Join('\n', lines.Take(5));
    }
}
