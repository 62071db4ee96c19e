using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Cqrs.Contracts.Tests.Log;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>The face in another process, alone on a data folder: <c>cqrs gateway</c>.</summary>
internal sealed partial class GatewayProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(string data, string url, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "Cqrs.Cli.dll"), "gateway", "--data", data, "--urls", url])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in settings) start.Environment["CQRS_" + name.Replace(":", "__", StringComparison.Ordinal)] = value;
        _process = new() { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException($"The face has ended: {Said}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="url">Port 0: a free one.</param>
    /// <param name="settings">More of them, by name: <c>Gateway:Credentials</c>.</param>
    public static async Task<GatewayProcess> StartAsync(
        string data, string url = "http://127.0.0.1:0", IReadOnlyDictionary<string, string>? settings = null)
    {
        var face = new GatewayProcess(data, url, settings ?? new Dictionary<string, string>());
        try
        {
            face.Address = await face._address.Task.WaitAsync(LogFixture.Patience);
            return face;
        }
        catch
        {
            face.Dispose();
            throw;
        }
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

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (_said) _said.AppendLine(line);
        if (ListeningOn().Match(line) is { Success: true } match) _address.TrySetResult(new(match.Groups[1].Value));
    }

    [GeneratedRegex(@"protocol on (https?://[^ ,]+)\. Stop")]
    private static partial Regex ListeningOn();
}
