using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cqrs.Survival.Tests.Processes;

/// <summary>The real server, as a process of its own, on a data folder.</summary>
internal sealed class ApiProcess : IDisposable
{
    /// <summary>2 s are promised; a machine that does other things besides gets five times as much.</summary>
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ApiProcess(string data, string[] more)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "Cqrs.Api.dll"), "--Data", data, "--Urls", address, "--Limits:Enabled", "false", .. more])
            start.ArgumentList.Add(argument);
        Http = new(new BreakingConnections()) { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(60) };
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    /// <summary>From the start of the process to the first time that it said it was ready.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<ApiProcess> StartAsync(string data, params string[] more)
    {
        var watch = Stopwatch.StartNew();
        var api = new ApiProcess(data, more);
        try
        {
            await Waiting.UntilAsync(api.IsReadyAsync, "the server is ready", ReadyWithin);
            api.ReadyAfter = watch.Elapsed;
            return api;
        }
        catch (TimeoutException e)
        {
            api.Dispose();
            throw new InvalidOperationException($"The server did not get ready: {api.Said}", e);
        }
        catch
        {
            api.Dispose();
            throw;
        }
    }

    /// <summary>Starts one that is expected to end by itself.</summary>
    /// <returns>Its exit code and all that it said.</returns>
    public static async Task<(int ExitCode, string Said)> RunToTheEndAsync(string data)
    {
        using var api = new ApiProcess(data, []);
        await api._process.WaitForExitAsync().WaitAsync(Waiting.Patience);
        return (api._process.ExitCode, api.Said);
    }

    public async Task<bool> IsReadyAsync() => (await HealthAsync()).Status == HttpStatusCode.OK;

    /// <returns>What /health/ready answers; no status while nobody answers.</returns>
    public async Task<(HttpStatusCode? Status, string Body)> HealthAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException($"The server has ended: {Said}");
        try
        {
            using var answer = await Http.GetAsync("/health/ready");
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (null, "");
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.HasExited.ShouldBeFalse($"it should die by our hand: {Said}");
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Http.Dispose();
    }

    private void Hear(string? line)
    {
        lock (_said) _said.AppendLine(line);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
