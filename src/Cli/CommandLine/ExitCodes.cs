namespace Cqrs.Cli.CommandLine;

/// <summary>The exit codes of all verbs; numbers of <c>sysexits.h</c> where it has them.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>What was compared is not the same.</summary>
    public const int Different = 1;

    /// <summary>Something is wrong with the installation.</summary>
    public const int Faults = 2;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 64;

    /// <summary>An event cannot be read or applied.</summary>
    public const int BadEvent = 65;

    /// <summary>Stored data are damaged.</summary>
    public const int Damaged = 65;

    /// <summary>What was asked for was not found: no log, no such stream.</summary>
    public const int NoInput = 66;

    /// <summary>The server or process that would do it is not available, or there is nothing to do.</summary>
    public const int Unavailable = 69;

    /// <summary>An unexpected error: a fault of this program.</summary>
    public const int Internal = 70;

    /// <summary>The output cannot be made, for instance because it is there already.</summary>
    public const int CannotCreate = 73;

    /// <summary>The disk or the log failed, or an output could not be written.</summary>
    public const int Io = 74;

    /// <summary>Another process is doing it; try again later.</summary>
    public const int Busy = 75;

    /// <summary>It took longer than it was allowed to.</summary>
    public const int TimedOut = 75;

    /// <summary>This user may not do it.</summary>
    public const int NoPermission = 77;

    /// <summary>The configuration is wrong.</summary>
    public const int Config = 78;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;

    public const string Table = """

        Exit codes: 0 done · 1 not the same · 2 faults found · 64 wrong options · 65 bad event or damaged data ·
        66 not found (log, stream) · 69 service unavailable · 70 error of this program · 73 output cannot be made ·
        74 disk, log or output failed · 75 busy or out of time · 77 no permission · 78 wrong configuration · 130 interrupted
        """;
}

/// <summary>A failure that the user can do something about; the message says what.</summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
