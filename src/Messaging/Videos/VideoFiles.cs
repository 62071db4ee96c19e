using System.Buffers.Binary;
using System.Globalization;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Files;
using Microsoft.Win32.SafeHandles;

namespace Cqrs.Messaging.Videos;

/// <summary>
/// Videos as files: <c>videos/{mailbox, hex}/{video}</c>; hex, because some file systems do not tell upper from lower
/// case. One is written under a temporary name, flushed, and renamed when it is whole: it is there whole or not at all,
/// whatever is killed. Several processes may use the same folder.
/// </summary>
public sealed class VideoFiles
{
    private const string IncomingFolder = "incoming";
    private const int BufferSize = 64 * 1024;
    private const int Tries = 3;

    private readonly string _folder;
    private readonly string _incoming;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _clock;

    private VideoFiles(string folder, TimeSpan lifetime, TimeProvider clock)
    {
        (_folder, _incoming, _lifetime, _clock) = (folder, Path.Combine(folder, IncomingFolder), lifetime, clock);
        Directory.CreateDirectory(_incoming);
    }

    /// <summary>Opens, or makes, the folder, and removes what uploads that were cut off by a crash have left in it.</summary>
    /// <param name="lifetime">How long after its upload a video is there.</param>
    public static VideoFiles Open(string folder, TimeSpan lifetime, TimeProvider clock)
    {
        var files = new VideoFiles(folder, lifetime, clock);
        files.DropLeftovers();
        return files;
    }

    /// <summary>Takes a video in; durable when answered.</summary>
    /// <returns>False when the stream ended before its length, or went on after it; then nothing has changed.</returns>
    public async Task<bool> ReceiveAsync(VideoKey key, VideoTerms terms, Stream content, CancellationToken cancel)
    {
        var path = PathOf(key);

        // Held open until it has its name, so that who drops leftovers knows that this is none.
        await using var file = CreateAside();
        try
        {
            await file.WriteAsync(StoredVideo.Head(terms), cancel);
            if (!await CopyAsync(content, file, terms.Length, cancel)) return false;
            File.SetLastWriteTimeUtc(file.SafeFileHandle, _clock.GetUtcNow().UtcDateTime);
            file.Flush(flushToDisk: true);
            Name(file.Name, path);
            return true;
        }
        finally
        {
            File.Delete(file.Name);
        }
    }

    /// <returns>Null where there is no such video, or none any more.</returns>
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

    /// <summary>Removes videos whose time is over, and what crashes have left.</summary>
    /// <returns>How many videos there were.</returns>
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

    /// <summary>Fails when nothing can be written here.</summary>
    public void Check()
    {
        var path = Path.Combine(_incoming, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, [1]);
        File.Delete(path);
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
                // Taken for a leftover in the moment between being made and being held; so it is above.
            }
        }
    }

    private void Name(string aside, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        for (var tries = 1; ; tries++)
        {
            Directory.CreateDirectory(folder);
            try
            {
                File.Move(aside, path, overwrite: true);
                break;
            }
            catch (DirectoryNotFoundException) when (tries < Tries)
            {
                // The sweep found the folder empty in between.
            }
        }

        DurableFile.FlushFolder(folder);
        DurableFile.FlushFolder(_folder);
    }

    // Whoever still writes to one holds it open; one that nobody holds was left by a process that died. It is deleted
    // while it is held here: who holds it afterwards finds that it is gone.
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
                // It is being written, or gone already.
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
