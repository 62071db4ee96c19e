using Cqrs.EventStore.Sqlite;

namespace Cqrs.Contracts.Tests.Log;

/// <summary>A SQLite that can corrupt files is refused.</summary>
public sealed class SqliteVersionTests
{
    [Theory]
    [InlineData(3_007_000, "3.7.0")]
    [InlineData(3_050_004, "3.50.4")]
    [InlineData(3_051_002, "3.51.2")]
    public void A_version_with_the_wal_reset_race_is_refused(int number, string text)
    {
        var fault = SqliteVersion.FaultOf(number).ShouldNotBeNull();

        fault.ShouldStartWith($"SQLite {text} can corrupt a file");
        fault.ShouldContain("3.51.3");
    }

    [Theory]
    [InlineData(3_051_003)]
    [InlineData(3_053_004)]
    [InlineData(4_000_000)]
    public void A_version_with_the_fix_is_accepted(int number) => SqliteVersion.FaultOf(number).ShouldBeNull();

    [Fact]
    public void The_library_that_comes_with_the_program_is_accepted() => SqliteVersion.Fault.ShouldBeNull(SqliteVersion.Text);
}
