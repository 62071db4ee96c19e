namespace Cqrs.Story.Tests.Hosting;

/// <summary>Compares a text with an approved file below tests/Story.Tests, found from the root of the sources.</summary>
public static class Approved
{
    public static void ShouldBeApproved(this string actual, string file)
    {
        var approved = Path.Combine(Root(), "tests", "Story.Tests", file);
        var received = approved.Replace(".approved.", ".received.", StringComparison.Ordinal);
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        if (expected == actual)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, actual);
        actual.ShouldBe(expected, $"{file} differs; if that is meant, replace it by {Path.GetFileName(received)}.");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cqrs.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No Cqrs.sln above the tests.");
    }
}
