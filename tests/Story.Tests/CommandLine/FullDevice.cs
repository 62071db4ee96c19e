using System.Text;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>A device without room, as <c>/dev/full</c>: each write fails.</summary>
internal sealed class FullDevice : Stream
{
    /// <summary>Called at each write that fails.</summary>
    public Action OnWrite { get; init; } = static () => { };

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Standard output on it: writes are buffered, as the program's are.</summary>
    public static StreamWriter AsOutput(Action? onWrite = null) => Writer(onWrite, isBuffered: true);

    /// <summary>Standard error on it: each write reaches the device at once.</summary>
    public static StreamWriter AsError(Action? onWrite = null) => Writer(onWrite, isBuffered: false);

    public override void Write(byte[] buffer, int offset, int count)
    {
        OnWrite();
        throw new IOException("No space left on device");
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // A failed write is not tried again when the writer is disposed of.
    private static StreamWriter Writer(Action? onWrite, bool isBuffered) =>
        new(new FullDevice { OnWrite = onWrite ?? (static () => { }) }, new UTF8Encoding(false), 64 * 1024) { AutoFlush = !isBuffered };
}
