using System.Buffers.Binary;
using System.Globalization;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Files;
using Microsoft.Win32.SafeHandles;

namespace Cqrs.Messaging.Videos;

/// <summary>
/// Videos as files: <c>videos/{mailbox, hex}/{video}</c>; hex, because some file systems do not tell upper from lower
/// case. A video is written under a temporary name, flushed, and renamed when it is whole, so that a crash leaves either
/// the whole video or none. Several processes may use the same folder.
/// </summary>
public sealed class VideoFiles : IDisposable
{
    private const string IncomingFolder = "incoming";
    private const string LockFile = "rename.lock";
    private const int BufferSize = 64 * 1024;
    private const int Tries = 3;

    private readonly string _folder;
    private readonly string _incoming;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _clock;
    private readonly RenameLock _rename;

    private VideoFiles(string folder, TimeSpan lifetime, TimeProvider clock)
    {
        (_folder, _incoming, _lifetime, _clock) = (folder, Path.Combine(folder, IncomingFolder), lifetime, clock);
        Directory.CreateDirectory(_incoming);
        _rename = new(Path.Combine(folder, LockFile), clock);
    }

    /// <summary>Opens or creates the folder, and removes temporary files that crashes have left in it.</summary>
    /// <param name="lifetime">How long after its upload a video is kept.</param>
    public static VideoFiles Open(string folder, TimeSpan lifetime, TimeProvider clock)
    {
        var files = new VideoFiles(folder, lifetime, clock);
        files.DropLeftovers();
        return files;
    }

    /// <summary>Stores a video; durable when the task ends.</summary>
    /// <returns>False when the stream had fewer or more bytes than announced; then nothing has changed.</returns>
    public async Task<bool> ReceiveAsync(VideoKey key, VideoTerms terms, Stream content, CancellationToken cancel) =>
        (await ReceiveAsync(key, terms, content, condition: null, cancel)).Outcome is ReceiveOutcome.Stored;

    /// <summary>Stores a video if a condition holds for the one that is stored; durable when the task ends.</summary>
    /// <param name="condition">
    /// Its argument is the stored video, null for none. Asked before the content is read, and again in one step with the
    /// replacement. Null: always.
    /// </param>
    public async Task<ReceivedVideo> ReceiveAsync(
        VideoKey key, VideoTerms terms, Stream content, Func<StoredVideo?, bool>? condition, CancellationToken cancel)
    {
        if (!Holds(condition, key)) return new(ReceiveOutcome.ConditionFailed);
        var path = PathOf(key);

        // Held open until it has its name, so that the removal of leftovers passes it over.
        await using var file = CreateAside();
        try
        {
            await file.WriteAsync(StoredVideo.Head(terms), cancel);
            if (!await CopyAsync(content, file, terms.Length, cancel)) return new(ReceiveOutcome.Mismatch);
            File.SetLastWriteTimeUtc(file.SafeFileHandle, _clock.GetUtcNow().UtcDateTime);
            file.Flush(flushToDisk: true);

            // Read back: not every file system keeps times as fine as the clock's.
            var version = StoredVideo.VersionOf(new(File.GetLastWriteTimeUtc(file.SafeFileHandle)), terms);
            if (!await _rename.RunAsync(() => Holds(condition, key) && Rename(file.Name, path), cancel)) return new(ReceiveOutcome.ConditionFailed);
            FlushFolders(path);
            return new(ReceiveOutcome.Stored, version);
        }
        finally
        {
            File.Delete(file.Name);
        }
    }

    /// <summary>Opens a video.</summary>
    /// <returns>Null if there is no such video, or it has expired.</returns>
    public StoredVideo? Find(VideoKey key)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        var video = StoredVideo.TryOpen(file);
        if (video is null || !IsOver(video.At.UtcDateTime)) return video;
        video.Dispose();
        return null;
    }

    /// <summary>Removes expired videos, and temporary files that crashes have left.</summary>
    /// <returns>The number of videos removed.</returns>
    public int Sweep(CancellationToken cancel = default)
    {
        DropLeftovers();
        var count = 0;
        foreach (var mailbox in Directory.EnumerateDirectories(_folder).Where(mailbox => mailbox != _incoming))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var path in Directory.EnumerateFiles(mailbox).Where(path => IsOver(File.GetLastWriteTimeUtc(path))))
            {
                File.Delete(path);
                count++;
            }

            DropIfEmpty(mailbox);
        }

        return count;
    }

    /// <summary>Writes and deletes a small file.</summary>
    /// <exception cref="IOException">Nothing can be written in the folder.</exception>
    public void Check()
    {
        var path = Path.Combine(_incoming, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, [1]);
        File.Delete(path);
    }

    public void Dispose() => _rename.Dispose();

    private bool Holds(Func<StoredVideo?, bool>? condition, VideoKey key)
    {
        if (condition is null) return true;
        using var stored = Find(key);
        return condition(stored);
    }

    private static async Task<bool> CopyAsync(Stream content, FileStream file, long length, CancellationToken cancel)
    {
        var buffer = new byte[BufferSize];
        var left = length;
        while (await content.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            left -= read;
            if (left < 0) return false;
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
        }

        return left == 0;
    }

    private FileStream CreateAside()
    {
        for (var tries = 1; ; tries++)
        {
            var path = Path.Combine(_incoming, Guid.NewGuid().ToString("N"));
            try
            {
                var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Delete, bufferSize: 0);
                if (File.Exists(path)) return file;
                file.Dispose();
            }
            catch (IOException) when (tries < Tries)
            {
                // Another process took the file for a leftover between its creation and its lock. The same holds above.
            }
        }
    }

    private static bool Rename(string aside, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        for (var tries = 1; ; tries++)
        {
            Directory.CreateDirectory(folder);
            try
            {
                File.Move(aside, path, overwrite: true);
                return true;
            }
            catch (DirectoryNotFoundException) when (tries < Tries)
            {
                // The sweep removed the empty folder in between.
            }
        }
    }

    private void FlushFolders(string path)
    {
        DurableFile.FlushFolder(Path.GetDirectoryName(path)!);
        DurableFile.FlushFolder(_folder);
    }

    // A writer holds its file open, so a file that can be locked here was left by a process that died. It is deleted while
    // it is locked: a writer that opened it in between finds that it is gone.
    private void DropLeftovers()
    {
        foreach (var path in Directory.EnumerateFiles(_incoming))
        {
            try
            {
                File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose).Dispose();
            }
            catch (IOException)
            {
                // A writer holds it, or it is gone already.
            }
        }
    }

    private static void DropIfEmpty(string mailbox)
    {
        try
        {
            if (!Directory.EnumerateFileSystemEntries(mailbox).Any()) Directory.Delete(mailbox);
        }
        catch (IOException)
        {
            // Another video came in between.
        }
    }

    private bool IsOver(DateTime at) => at + _lifetime <= _clock.GetUtcNow().UtcDateTime;

    private string PathOf(VideoKey key)
    {
        Span<byte> name = stackalloc byte[MailboxName.Size];
        BinaryPrimitives.WriteUInt128BigEndian(name, key.Mailbox.Value);
        return Path.Combine(_folder, Convert.ToHexStringLower(name), key.Video.ToString(CultureInfo.InvariantCulture));
    }
}
