using Cqrs.Survival.Tests.Processes;
using Microsoft.Data.Sqlite;

namespace Cqrs.Survival.Tests;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_ends_the_start_with_a_clear_message()
    {
        // Whatever the rights of who runs this: no folder can lie within a file.
        Directory.CreateDirectory(_folder.Path);
        var file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "");

        var (exitCode, said) = await ApiProcess.RunToTheEndAsync(Path.Combine(file, "data"));

        exitCode.ShouldBe(78, said);
        said.ShouldContain("cqrs cannot start as it is configured");
        said.ShouldContain(file);
        said.ShouldNotContain("   at ", customMessage: "a stack trace says nothing to an operator");
    }

    [Fact]
    public async Task A_log_that_is_none_ends_the_start_and_is_left_as_it_is()
    {
        Directory.CreateDirectory(_folder.Path);
        var file = Path.Combine(_folder.Path, "log.db");
        var content = new string('x', 10_000);
        await File.WriteAllTextAsync(file, content);

        var (exitCode, said) = await ApiProcess.RunToTheEndAsync(_folder.Path);

        exitCode.ShouldBe(74, said);
        said.ShouldContain(file);
        (await File.ReadAllTextAsync(file)).ShouldBe(content);
    }

    [Fact]
    public async Task What_has_to_be_waited_for_is_made_before_anybody_is_served()
    {
        // A crowd that came first would wait for it with all threads there are, and nobody was left to finish it.
        using var api = await ApiProcess.StartAsync(_folder.Path);

        var keys = new SqliteConnectionStringBuilder { DataSource = Path.Combine(_folder.Path, "keys.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        await using var connection = new SqliteConnection(keys.ToString());
        await connection.OpenAsync();
        await using var made = connection.CreateCommand();
        made.CommandText = "SELECT count(*) FROM system_keys WHERE name IN ('tokens', 'blobs')";
        (await made.ExecuteScalarAsync()).ShouldBe(2L);
    }
}
