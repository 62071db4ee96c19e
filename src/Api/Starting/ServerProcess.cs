using Cqrs.Api.Composition;
using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Configuration;
using Cqrs.Gateway.Listening;

namespace Cqrs.Api.Starting;

/// <summary>The server as a process: it starts, runs until it is stopped, and says in one line why it cannot start.</summary>
internal static class ServerProcess
{
    /// <summary>The configuration is wrong, an address to listen on included (EX_CONFIG of sysexits.h).</summary>
    public const int ConfigurationFault = 78;

    /// <summary>The data folder cannot be used (EX_IOERR of sysexits.h).</summary>
    public const int DataFault = 74;

    /// <summary>A fault of the program: background work ended, or the start failed unexpectedly (EX_SOFTWARE of sysexits.h).</summary>
    public const int ProgramFault = 70;

    /// <summary>How long the rest of the server may take to stop when background work has ended.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter error)
    {
        try
        {
            var app = Server.Build(args);
            try
            {
                return await RunAsync(app);
            }
            finally
            {
                await DisposeAsync(app);
            }
        }
        catch (ConfigurationException e)
        {
            await error.WriteLineAsync("cqrs cannot start as it is configured:");
            foreach (var fault in e.Faults) await error.WriteLineAsync("  " + fault);
            return ConfigurationFault;
        }
        catch (DataFolderException e)
        {
            await error.WriteLineAsync(e.Message);
            return DataFault;
        }
        catch (Exception e)
        {
            // The text of an unexpected error may hold a secret; its kind and its stack do not.
            await error.WriteLineAsync($"The server ended with {e.GetType().FullName}, a fault of this program. Please report it with what follows.");
            await error.WriteLineAsync(e.StackTrace);
            return ProgramFault;
        }
    }

    /// <summary>Starts a server and waits until it has stopped.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="ConfigurationException">It cannot listen.</exception>
    /// <exception cref="DataFolderException">Its data folder cannot be used.</exception>
    internal static async Task<int> RunAsync(WebApplication app)
    {
        try
        {
            await ListenAsync(app, app.Services.GetRequiredService<Settings>());
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Stopped while it started.
            return app.Services.GetRequiredService<Supervisor>().Faulted.IsCompleted ? ProgramFault : 0;
        }

        return await StoppedAsync(app);
    }

    private static async Task ListenAsync(WebApplication app, Settings settings)
    {
        try
        {
            // Asked before background work begins, and before Kestrel, whose failure names only the first address.
            var urls = await ListenAddresses.ResolveAsync(SettingsReader.UrlsSetting, settings.Urls, SettingsReader.DefaultUrls);
            ListenAddresses.Probe(SettingsReader.UrlsSetting, urls, SettingsReader.DefaultUrls);
            DataFolder.Open(app.Services);
            foreach (var url in urls) app.Urls.Add(url);
            await StartAsync(app);
        }
        catch (ListenException e)
        {
            throw new ConfigurationException(e.Faults);
        }
        catch (Exception e) when (StartFaults.Explain(e, settings) is { } fault)
        {
            throw new ConfigurationException([fault]);
        }
    }

    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            // Background work that has begun ends before the stores are closed under it.
            await app.StopAsync();
            throw;
        }
    }

    // The wait is limited when background work has ended.
    private static async Task<int> StoppedAsync(WebApplication app)
    {
        var supervisor = app.Services.GetRequiredService<Supervisor>();
        var stopped = app.WaitForShutdownAsync();
        await Task.WhenAny(stopped, supervisor.Faulted);
        if (!supervisor.Faulted.IsCompleted)
        {
            await stopped;
            return supervisor.Faulted.IsCompleted ? ProgramFault : 0;
        }

        await WithinLimitAsync(stopped);
        return ProgramFault;
    }

    private static async Task DisposeAsync(WebApplication app)
    {
        var hasFaulted = app.Services.GetRequiredService<Supervisor>().Faulted.IsCompleted;
        var disposed = app.DisposeAsync().AsTask();
        if (hasFaulted) await WithinLimitAsync(disposed);
        await disposed;
    }

    /// <summary>
    /// Waits for one step of the shutdown, with a limit: a step that hangs must not keep alive a server that does only a
    /// part of its work.
    /// </summary>
    private static async Task WithinLimitAsync(Task ending)
    {
        if (await Task.WhenAny(ending, Task.Delay(StopLimit)) != ending) Environment.Exit(ProgramFault);
        await ending;
    }
}
