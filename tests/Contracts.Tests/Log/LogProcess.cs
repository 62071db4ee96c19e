using System.Diagnostics;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>Another process that appends to a log: tests/LogCrasher.</summary>
internal sealed class LogProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly List<(string Stream, long Version, long Position, Guid Id)> _answered = [];

    public LogProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Cqrs.LogCrasher.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _reading = ReadAsync();
    }

    /// <summary>Runs a process that is expected to kill itself.</summary>
    public static async Task RunKilledAsync(params string[] arguments)
    {
        using var process = new LogProcess(arguments);
        await process._process.WaitForExitAsync().WaitAsync(LogFixture.Patience);
        process._process.ExitCode.ShouldBe(OperatingSystem.IsWindows() ? -1 : 128 + 9, "the process reached the step at which it is killed");
    }

    /// <summary>Appends that were answered, as far as told yet.</summary>
    public IReadOnlyList<(string Stream, long Version, long Position, Guid Id)> Answered
    {
        get
        {
            lock (_answered) return [.. _answered];
        }
    }

    /// <summary>SIGKILL, and what had been answered until then.</summary>
    public async Task<IReadOnlyList<(string Stream, long Version, long Position, Guid Id)>> KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        return Answered;
    }

    public async Task EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(LogFixture.Patience);
        await _reading;
        _process.ExitCode.ShouldBe(0);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line of a killed process may be cut.
            var parts = line.Split(' ');
            if (parts.Length != 4 || !Guid.TryParse(parts[3], out var id)) continue;
            lock (_answered) _answered.Add((parts[0], long.Parse(parts[1]), long.Parse(parts[2]), id));
        }
    }
}
