using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// Who may commit last: sixteen bytes beside the log (<c>log.turn</c>), mapped into the memory of every process that has
/// the log open, with the number of the instance that took the last turn at writing, and that of one who asks for his.
/// To look at it costs a read of memory.
/// </summary>
/// <remarks>
/// The number is written inside the transaction, before its commit, and while the file's lock for writers is held. So
/// whoever finds his own number there knows that nobody else has committed since he wrote it. The numbers are random
/// and belong to an instance, not to a process or a machine: what a crash, a restored folder or a copy leaves in the
/// file is nobody's, and then the log itself is read. The file stays when the log is closed (another process may just
/// have mapped it), and it may be deleted whenever nobody has the log open, like <c>log.db-shm</c>. Who asks, asks again
/// and again, so that an answer ends one asking, also of somebody who has died since.
/// </remarks>
internal sealed class Turn : IDisposable
{
    public const string FileName = "log.turn";

    private const int Asking = sizeof(long);
    private const int Size = 2 * sizeof(long);

    // Who waits for the log looks each millisecond.
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan BetweenGaps = TimeSpan.FromMilliseconds(10);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _id;
    private long _gapAt;

    private Turn(MemoryMappedFile file, MemoryMappedViewAccessor view)
    {
        _file = file;
        _view = view;

        // 0 is what a new file holds.
        do _id = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        while (_id == 0);
    }

    /// <summary>Nobody else has committed since this instance took its turn. Ask before reading what memory knows.</summary>
    public bool IsMine
    {
        get
        {
            var mine = _view.ReadInt64(0) == _id;

            // What is read after this must not have been read before it.
            Interlocked.MemoryBarrier();
            return mine;
        }
    }

    /// <summary>Another instance asks for its turn.</summary>
    public bool IsAskedFor => _view.ReadInt64(Asking) is var asking && asking != 0 && asking != _id;

    /// <exception cref="EventLogException">The file cannot be used. Then nobody may append: others would not notice.</exception>
    public static Turn Open(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var stream = new FileStream(path, options);
            if (stream.Length < Size) stream.SetLength(Size);
            var file = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            return new Turn(file, file.CreateViewAccessor(0, Size));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new EventLogException(
                EventLogErrors.NotWritable,
                $"'{path}' cannot be opened for writing: {e.Message} Give this process's user the rights to the folder and its files.", e);
        }
    }

    /// <summary>For a log that is only read: the turn is never this instance's, so what it reads is read from the file.</summary>
    public static Turn OfReader()
    {
        var file = MemoryMappedFile.CreateNew(mapName: null, Size);
        return new(file, file.CreateViewAccessor(0, Size));
    }

    /// <summary>
    /// Says that this instance may commit. Only inside its transaction, and after what it keeps in memory is the truth
    /// again: from now on its readers believe that.
    /// </summary>
    public void Take()
    {
        Interlocked.MemoryBarrier();
        _view.Write(0, _id);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Asks whoever commits without pause to leave a gap; to be repeated until there was one.</summary>
    public void Ask() => _view.Write(Asking, _id);

    /// <summary>
    /// Between two transactions: waits a moment when another instance asks for its turn. One commit follows the other so
    /// fast that it would hardly ever find the log free by itself.
    /// </summary>
    public void LeaveGap()
    {
        if (!IsAskedFor || Stopwatch.GetElapsedTime(_gapAt) < BetweenGaps) return;
        _view.Write(Asking, 0L);
        Thread.Sleep(Gap);
        _gapAt = Stopwatch.GetTimestamp();
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
