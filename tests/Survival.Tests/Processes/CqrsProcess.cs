using System.Diagnostics;

namespace Cqrs.Survival.Tests.Processes;

/// <summary>The real command line, as a process of its own, on a data folder.</summary>
internal sealed class CqrsProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private CqrsProcess(Process process)
    {
        _process = process;
        _process.Start();
        (_output, _error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public bool HasEnded => _process.HasExited;

    public static CqrsProcess Start(string data, params string[] arguments) => Start(data, masterKeys: null, arguments);

    private static CqrsProcess Start(string data, string? masterKeys, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (masterKeys is not null) start.Environment["CQRS_Secrets__Master"] = masterKeys;
        foreach (var argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "Cqrs.Cli.dll"), .. arguments, "--data", data])
            start.ArgumentList.Add(argument);
        return new(new() { StartInfo = start });
    }

    /// <returns>Its exit code and all that it said.</returns>
    public static async Task<(int ExitCode, string Said)> RunAsync(string data, params string[] arguments)
    {
        using var process = Start(data, arguments);
        return await process.EndAsync();
    }

    /// <summary>With <c>Secrets:Master</c> given by its environment.</summary>
    /// <returns>Its exit code and all that it said.</returns>
    public static async Task<(int ExitCode, string Said)> RunKeyedAsync(string data, string masterKeys, params string[] arguments)
    {
        using var process = Start(data, masterKeys, arguments);
        return await process.EndAsync();
    }

    /// <returns>Its exit code and all that it said.</returns>
    public async Task<(int ExitCode, string Said)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (_process.ExitCode, await _output + await _error);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
