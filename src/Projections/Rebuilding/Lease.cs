namespace Cqrs.Projections.Rebuilding;

/// <summary>
/// The right to do something with a projection that one may do at a time: a lock of the operating system on a file,
/// which ends with its process, however that dies. The file stays: whoever removed it could take the lock away from
/// under another.
/// </summary>
internal sealed class Lease : IDisposable
{
    private readonly FileStream _held;

    private Lease(FileStream held) => _held = held;

    /// <param name="purpose">Names the file: <c>{projection}.{purpose}.lease</c>.</param>
    /// <exception cref="LeaseHeldException">Somebody else holds it.</exception>
    public static Lease Take(string folder, string projection, string purpose)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{projection}.{purpose}.lease");
        try
        {
            return new(new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new LeaseHeldException(projection);
        }
    }

    public void Dispose() => _held.Dispose();
}
