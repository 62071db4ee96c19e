namespace Cqrs.Story.Tests.Hosting;

/// <summary>A data folder of its own, removed when it is no longer needed.</summary>
public sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cqrs-story-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
