using System.Runtime.InteropServices;
using System.Text;

namespace Cqrs.EventStore.Files;

/// <summary>What .NET has no call for: a file that appears whole, once, and is still there after a power cut.</summary>
public static class DurableFile
{
    private const int FileExists = 17;

    /// <summary>Makes a file that only its owner may read; on the disk when this returns. Fails when it is there already.</summary>
    public static void WriteNew(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        using var file = new FileStream(path, options);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Gives the file the name <paramref name="path"/> (on Windows instead of its own, elsewhere too); false when something already has that name.</summary>
    public static bool TryLink(string existing, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(existing, path, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(path))
            {
                return false;
            }
        }

        if (NativeLink(existing, path) == 0)
            return true;

        var error = Marshal.GetLastPInvokeError();
        if (error == FileExists)
            return false;

        throw new IOException($"'{path}' could not be made: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Makes names in the folder durable. Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;

        var descriptor = NativeOpen(folder, 0);
        if (descriptor < 0)
            return;

        _ = NativeFlush(descriptor);
        _ = NativeClose(descriptor);
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int NativeLink([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int NativeOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int NativeFlush(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int NativeClose(int descriptor);
}
