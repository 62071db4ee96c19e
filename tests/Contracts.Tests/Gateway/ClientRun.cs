using Cqrs.Contracts.Tests.Log;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>One run of the official client through many cases; each test looks at its own.</summary>
public abstract class ClientRun(IEnumerable<string> cases) : IAsyncLifetime
{
    private Dictionary<string, string?> _failures = [];
    private Exception? _absent;

    public async Task InitializeAsync()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path);
        try
        {
            _failures = await RunAsync(folder, cases);
        }
        catch (SkipException e)
        {
            // Each test says so for itself.
            _absent = e;
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void ShouldHavePassed(string name)
    {
        Skip.If(_absent is not null, _absent?.Message);
        _failures.ShouldContainKey(name, "the script did not get there");
        _failures[name].ShouldBeNull();
    }

    internal abstract Task<Dictionary<string, string?>> RunAsync(TemporaryFolder folder, IEnumerable<string> cases);
}
