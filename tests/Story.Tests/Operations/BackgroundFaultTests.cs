using Cqrs.Api;
using Cqrs.Api.Composition.Outages;
using Cqrs.Api.Starting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cqrs.Story.Tests.Operations;

/// <summary>Background work that ends must not leave a process that looks alive.</summary>
public sealed class BackgroundFaultTests : IDisposable
{
    private readonly DataFolder folder = new();
    private readonly LogLines log = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("throws")]
    [InlineData("returns")]
    [InlineData("one of two throws")]
    [InlineData("throws while the server starts")]
    public async Task The_process_ends_with_70_and_logs_why_once(string end)
    {
        await using var app = Build(end);

        var code = await ServerProcess.RunAsync(app).WaitAsync(TimeSpan.FromSeconds(30));

        code.ShouldBe(70);
        app.Services.GetRequiredService<Supervisor>().Failed.ShouldBe(nameof(Ending));
        log.Lines.Count(line => line.StartsWith("Critical", StringComparison.Ordinal)).ShouldBe(1);
        log.Lines.ShouldContain(line => line.Contains("Ending ended with", StringComparison.Ordinal) && line.Contains("Restart the server", StringComparison.Ordinal));
        log.Lines.ShouldNotContain(line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_is_stopped_ends_with_0()
    {
        await using var app = Build("goes on");
        var stopped = ServerProcess.RunAsync(app);
        app.Lifetime.ApplicationStarted.Register(app.Lifetime.StopApplication);
        (await stopped.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
        log.Lines.ShouldNotContain(line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    private WebApplication Build(string end) => Server.Build(
        ["--environment", "Development", "--Urls", "http://127.0.0.1:0", "--Data", folder.Path],
        services => services
            .AddLogging(logging => logging.ClearProviders().AddProvider(log))
            .AddHostedService(s => new Ending(end, s.GetRequiredService<IHostApplicationLifetime>(), s.GetRequiredService<Supervisor>())));

    private sealed class Ending(string end, IHostApplicationLifetime lifetime, Supervisor supervisor) : SupervisedService(supervisor)
    {
        protected override async Task RunAsync(CancellationToken stop)
        {
            if (end == "throws while the server starts") throw new InvalidOperationException("hunter2");
            await Task.Delay(Timeout.Infinite, lifetime.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            switch (end)
            {
                case "throws": throw new InvalidOperationException("hunter2");
                case "returns": return;
                case "one of two throws":
                    await AllAsync([Task.Delay(Timeout.Infinite, stop), Task.FromException(new InvalidOperationException("hunter2"))], stop);
                    break;
                default:
                    await AllAsync([], stop);
                    break;
            }
        }
    }
}
