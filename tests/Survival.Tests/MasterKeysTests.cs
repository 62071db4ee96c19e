using Cqrs.Api.Endpoints;
using Cqrs.EventStore.PersonalData;
using Cqrs.Survival.Tests.Load;
using Cqrs.Survival.Tests.Processes;

namespace Cqrs.Survival.Tests;

/// <summary><c>cqrs keys rotate</c> where the master key comes by configuration, in the order that its help gives.</summary>
public sealed class MasterKeysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_key_from_the_configuration_is_replaced_beside_a_running_server()
    {
        var (old, next) = (MasterKey.Create().Reveal(), MasterKey.Create().Reveal());
        var crowd = new Crowd(members: 2, newcomers: 0, seed: 9, new Journal());
        using (var api = await StartAsync(old)) await crowd.RegisterAsync(api);

        var (exitCode, said) = await CqrsProcess.RunKeyedAsync(_folder.Path, old, "keys", "rotate");
        exitCode.ShouldBe(78, said);
        said.ShouldContain("Put a new one before it");
        said.ShouldNotContain(old);

        using (var api = await StartAsync($"{next},{old}"))
        {
            (exitCode, said) = await CqrsProcess.RunKeyedAsync(_folder.Path, $"{next},{old}", "keys", "rotate");
            exitCode.ShouldBe(0, said);
            said.ShouldContain("Only the first key of Secrets:Master is in use now");
            await ShouldKnowAsync(crowd, api);
        }

        using (var api = await StartAsync(next)) await ShouldKnowAsync(crowd, api);
        (exitCode, said) = await CqrsProcess.RunKeyedAsync(_folder.Path, old, "doctor");
        exitCode.ShouldNotBe(0, "the old key opens nothing any more");
        said.ShouldContain("master key");
        File.Exists(Path.Combine(_folder.Path, MasterKeyFile.FileName)).ShouldBeFalse("a key that is configured is not written down");
    }

    private Task<ApiProcess> StartAsync(string masterKeys) => ApiProcess.StartAsync(_folder.Path, "--Secrets:Master", masterKeys);

    private static async Task ShouldKnowAsync(Crowd crowd, ApiProcess api)
    {
        foreach (var member in crowd.Members)
            (await member.GetAsync<MeResponse>(api, "/me")).ShouldNotBeNull().Phone.ShouldBe(member.Phone);
    }
}
