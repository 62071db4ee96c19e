using Cqrs.EventStore.Log;
using SQLitePCL;

namespace Cqrs.EventStore.Sqlite;

/// <summary>
/// The version of SQLite that the process runs on. Versions 3.7.0 to 3.51.2 have the WAL-reset race: when two connections
/// write and checkpoint the same file at the same instant, the file can be corrupted or commits can be lost
/// (https://www.sqlite.org/wal.html#walreset). This program checkpoints from a second connection, and several processes
/// may share a file, so it refuses to run on them.
/// </summary>
public static class SqliteVersion
{
    /// <summary>3.51.3, as SQLite writes it: major * 1,000,000 + minor * 1,000 + patch.</summary>
    private const int FirstWithoutRace = 3_051_003;

    private static readonly Lazy<string?> Loaded = new(static () =>
    {
        Batteries_V2.Init();
        return FaultOf(raw.sqlite3_libversion_number());
    });

    /// <summary>For example <c>3.53.4</c>.</summary>
    public static string Text
    {
        get
        {
            Batteries_V2.Init();
            return raw.sqlite3_libversion().utf8_to_string();
        }
    }

    /// <summary>What is wrong with the loaded SQLite and what to do; null when it can be used.</summary>
    public static string? Fault => Loaded.Value;

    /// <summary>What is wrong with a version; null when it can be used.</summary>
    /// <param name="number">As <c>sqlite3_libversion_number</c> gives it.</param>
    public static string? FaultOf(int number) => number >= FirstWithoutRace
        ? null
        : FormattableString.Invariant(
            $"SQLite {number / 1_000_000}.{number / 1_000 % 1_000}.{number % 1_000} can corrupt a file that several connections write (the WAL-reset race, fixed in 3.51.3). Run the program with the SQLite library that it was built with, or a newer one.");

    /// <exception cref="EventLogException"><see cref="EventLogErrors.UnsafeEngine"/>: the loaded SQLite can corrupt files.</exception>
    internal static void Require()
    {
        if (Fault is { } fault) throw new EventLogException(EventLogErrors.UnsafeEngine, fault);
    }
}
