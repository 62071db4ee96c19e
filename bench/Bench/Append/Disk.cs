using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cqrs.Bench.Append;

/// <summary>The disk itself.</summary>
internal static class Disk
{
    /// <summary>Makes what was written durable; <c>fdatasync</c> where there is one.</summary>
    public static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (FlushData(file) != 0) throw new IOException($"fdatasync: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>The floor for one writer: write 400 bytes, flush, again.</summary>
    /// <returns>Flushes per second.</returns>
    public static double FlushesPerSecond(string path, TimeSpan duration)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        var record = new byte[400];
        var length = RandomAccess.GetLength(file);
        var start = Stopwatch.GetTimestamp();
        var count = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            RandomAccess.Write(file, record, length);
            Flush(file);
            length += record.Length;
            count++;
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushData(SafeFileHandle file);
}
