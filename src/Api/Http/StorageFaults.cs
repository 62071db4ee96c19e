using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Microsoft.Data.Sqlite;

namespace Cqrs.Api.Http;

/// <summary>Tells failures of the storage (a full disk, a lock, missing rights) from faults of the program.</summary>
internal static class StorageFaults
{
    // https://www.sqlite.org/rescode.html: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
    private static readonly int[] SqliteCodes = [5, 6, 8, 10, 13, 14];

    // ENOSPC and EDQUOT on Unix; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private static readonly int[] FullCodes =
        OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027)] : [28, 122, 69];

    /// <summary>Returns a short code for the log; null for an error that does not come from the storage.</summary>
    public static string? CodeOf(Exception error) => error switch
    {
        EventLogException e => e.Code,
        SqliteException e when SqliteCodes.Contains(e.SqliteErrorCode) => $"sqlite-{e.SqliteErrorCode}",
        PersonalDataException { Code: PersonalDataException.KeysUnavailable } e => e.Code,
        BadHttpRequestException => null,
        IOException or UnauthorizedAccessException => error.GetType().Name,
        _ => null,
    };

    /// <summary>Returns true when there is no room left where something was to be written.</summary>
    public static bool IsFull(Exception error) => error switch
    {
        EventLogException e => e.Code == EventLogErrors.Full,
        SqliteException e => e.SqliteErrorCode == 13,
        IOException e => FullCodes.Contains(e.HResult),
        _ => false,
    };
}
