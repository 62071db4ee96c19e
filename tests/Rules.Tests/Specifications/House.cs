namespace Cqrs.Rules.Tests.Specifications;

/// <summary>Where the sources are, found from where the tests run.</summary>
public static class House
{
    public static string Root { get; } = FindRoot();

    public static string Path(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>The files below a folder that people wrote: nothing of bin and obj.</summary>
    public static IEnumerable<string> Sources(string folder, params IReadOnlyCollection<string> extensions) =>
        Directory.EnumerateFiles(Path(folder), "*", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => extensions.Contains(System.IO.Path.GetExtension(file)))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Cqrs.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No Cqrs.sln above the tests.");
    }
}
