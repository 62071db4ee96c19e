using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Cqrs.EventStore.Log;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The file <c>log.turn</c> beside the log: 24 bytes, mapped into the memory of every process that has the log open. It holds
/// the number of the instance that wrote last, the number of an instance that asks to write, and the position at which the
/// log ended after the last commit. Reading it costs a read of memory.
/// </summary>
/// <remarks>
/// An instance writes its number inside its transaction, before the commit and under SQLite's lock for writers. An instance
/// that finds its own number there knows that no other one has committed since. The numbers are random and belong to an
/// instance, not to a process or a machine: a number that a crash, a restored folder or a copy leaves in the file belongs to
/// no instance, and then the log itself is read. The file stays when the log is closed, because another process may just have
/// mapped it; it may be deleted while no process has the log open, like <c>log.db-shm</c>. An instance repeats its request
/// until it has written, so that one gap ends one request, also of an instance that has ended since.
/// </remarks>
internal sealed class Turn : IDisposable
{
    public const string FileName = "log.turn";

    private const int Asking = sizeof(long);
    private const int Noted = 2 * sizeof(long);
    private const int Size = 3 * sizeof(long);

    // An instance that waits tries each millisecond.
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

    /// <summary>Whether no other instance has committed since this one took its turn. Checked before cached data are used.</summary>
    public bool IsMine
    {
        get
        {
            var mine = _view.ReadInt64(0) == _id;

            // Later reads must not be moved before this one.
            Interlocked.MemoryBarrier();
            return mine;
        }
    }

    /// <summary>Another instance asks for its turn.</summary>
    public bool IsAskedFor => _view.ReadInt64(Asking) is var asking && asking != 0 && asking != _id;

    /// <exception cref="EventLogException">The file cannot be used. Nothing is appended then, because other instances would not notice.</exception>
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
    /// Makes this instance the last writer. Called inside its transaction, after its memory agrees with the log again: from
    /// now on its readers rely on that memory.
    /// </summary>
    public void Take()
    {
        Interlocked.MemoryBarrier();
        _view.Write(0, _id);
        Interlocked.MemoryBarrier();
    }

    /// <summary>
    /// Notes where the log ends, after a commit: evidence that the log was this long, even if its file is replaced. The
    /// number is never ahead of what is durable, and may be behind it after a crash.
    /// </summary>
    public void Note(long head) => _view.Write(Noted, head);

    /// <summary>The end of the log that was noted last in the folder; 0 when there is no note.</summary>
    public static long NotedIn(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Span<byte> bytes = stackalloc byte[Size];
            return file.ReadAtLeast(bytes, Size, throwOnEndOfStream: false) == Size ? BinaryPrimitives.ReadInt64LittleEndian(bytes[Noted..]) : 0;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Asks an instance that commits without pause to leave a gap; repeated until there was one.</summary>
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
