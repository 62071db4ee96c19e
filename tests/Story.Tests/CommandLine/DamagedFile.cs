namespace Cqrs.Story.Tests.CommandLine;

/// <summary>Damages a database that no process has open.</summary>
internal static class DamagedFile
{
    private const int PageSize = 4_096;
    private const byte TableLeaf = 0x0d;

    /// <summary>Overwrites with zeros a page in the middle that holds rows.</summary>
    public static void ZeroAPage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var leaves = Enumerable.Range(1, (bytes.Length / PageSize) - 1).Where(page => bytes[page * PageSize] is TableLeaf or 0x0a).ToList();
        bytes.AsSpan(leaves[leaves.Count / 2] * PageSize, PageSize).Clear();
        File.WriteAllBytes(path, bytes);
    }
}
