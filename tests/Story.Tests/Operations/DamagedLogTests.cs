using Cqrs.EventStore.Sqlite;

namespace Cqrs.Story.Tests.Operations;

/// <summary>A server whose log was changed on the disk.</summary>
public sealed class DamagedLogTests
{
    [Fact]
    public async Task A_command_that_meets_a_damaged_event_is_an_error_with_its_place_in_the_log_of_the_process()
    {
        using var data = new DataFolder();
        await using var server = await StoryServer.StartAsync(data);
        var (ada, bob) = (await Phone.RegisteredAsync(server), await Phone.RegisteredAsync(server, "Bob"));
        var connection = await ada.InvitesAsync(bob);
        var position = await server.HeadAsync();
        await server.RestartAsync(() => Damage(Path.Combine(data.Path, SqliteEventLog.FileName), position));

        // Repeating does not help, so it is no 503.
        var answer = await bob.StepAsync("accept", connection);

        answer.Status.ShouldBe(500);
        answer.String("code").ShouldBe("internal-error");
        answer.Text.ShouldNotContain(data.Path);
        server.Log.Lines.ShouldContain(line => line.Contains("log-corrupt") && line.Contains($"position {position} of stream connection-") && line.Contains("cqrs log verify"));
        server.Log.Lines.ShouldNotContain(line => line.Contains("The storage failed"));
    }

    private static void Damage(string file, long position)
    {
        using var log = SqliteConnectionHandle.Open(file, TimeSpan.FromSeconds(10));
        using var update = log.Prepare("UPDATE events SET data = CAST('{}' AS BLOB) WHERE position = ?1");
        update.Bind(1, position).Run();
    }
}
