using Cqrs.Api.Endpoints;
using Cqrs.Survival.Tests.Audit;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests;

public sealed class BesideTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // SQLite deletes the journal of whoever seems to be gone: locks that were lost make a living server seem so.
    [Fact]
    public async Task What_is_written_after_another_process_came_and_went_survives_a_kill()
    {
        var user = new AppUser("+491701234567", seed: 1, new Journal());
        using (var api = await ApiProcess.StartAsync(_folder.Path))
        {
            await LogAudit.ReadAsync(_folder.Path);
            (await user.RegisterAsync(api)).ShouldBeTrue();
            await api.KillAsync();
        }

        using var again = await ApiProcess.StartAsync(_folder.Path);
        (await user.GetAsync<MeResponse>(again, "/me")).ShouldNotBeNull().Phone.ShouldBe(user.Phone);
        (await LogAudit.ReadAsync(_folder.Path)).Faults.ShouldBeEmpty();
    }
}
