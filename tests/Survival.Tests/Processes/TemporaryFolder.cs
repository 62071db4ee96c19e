namespace Cqrs.Survival.Tests.Processes;

/// <summary>A data folder that does not exist yet and is gone afterwards.</summary>
/// <param name="inMemory">Where only a process dies and no disk is asked to keep a promise, memory is faster.</param>
internal sealed class TemporaryFolder(bool inMemory = false) : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; } = System.IO.Path.Combine(
        inMemory && Directory.Exists(Memory) ? Memory : AppContext.BaseDirectory, $"survival-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
