using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Doctor;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Sqlite;
using Cqrs.EventStore.Tables;
using Cqrs.Notifications.Deliveries;
using Cqrs.Notifications.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary><c>cqrs doctor</c>.</summary>
public sealed class DoctorTests(AcquaintedFixture story) : IClassFixture<AcquaintedFixture>
{
    [Fact]
    public async Task A_healthy_installation_has_no_faults()
    {
        var url = story.Server.Client.BaseAddress!.ToString();
        var outcome = await CqrsShell.RunAsync(["doctor", "--url", url, "--format", "jsonl", "--data", story.Server.Data.Path]);

        outcome.ExitCode.ShouldBe(ExitCodes.Ok, outcome.Output + outcome.Error);
        outcome.Rows.ShouldAllBe(row => Verdict(row) != "fault");
        foreach (var check in new[] { "versions", "setting Data", "configuration", "data folder", "disk", "log", "clock of the log", "keys.db", "master key", "server", "clock of the server" })
            Verdict(Find(outcome, check)).ShouldBe("ok", check);
        Found(outcome, "log").ShouldContain($"head {(await story.Server.HeadAsync()).ToString("N0", CultureInfo.InvariantCulture)}");
        Found(outcome, "projections/connections.db").ShouldContain("behind the log");
        foreach (var secret in new[] { MasterKeyFile.Load(story.Server.Data.Path).Current.Reveal(), story.Ada.Number, "Lovelace" }) outcome.Output.ShouldNotContain(secret);
    }

    [Fact]
    public void A_sqlite_with_the_wal_reset_race_is_a_fault()
    {
        var finding = Cqrs.Cli.Doctor.Versions.Examine("3.50.4", SqliteVersion.FaultOf(3_050_004));

        finding.Verdict.ShouldBe(Cqrs.Cli.Doctor.Verdict.Fault);
        finding.Found.ShouldContain("SQLite 3.50.4");
        finding.Next.ShouldNotBeNull().ShouldContain("3.51.3");
    }

    [Fact]
    public async Task No_server_where_none_was_asked_for_is_no_fault_and_where_one_was_it_is()
    {
        var outcome = await RunAsync("--url", "http://127.0.0.1:1");
        outcome.ExitCode.ShouldBe(ExitCodes.Faults);
        outcome.Error.ShouldContain("What to do next stands below each");
        Find(outcome, "server").GetProperty("next").GetString().ShouldNotBeNullOrEmpty();

        (await CqrsShell.RunAsync(["doctor", "--url", "nowhere"])).ShouldFail(ExitCodes.Usage, "is no address of a server");
    }

    [Fact]
    public async Task A_clock_that_is_wrong_and_a_stranger_are_told()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var stranger = builder.Build();
        stranger.MapGet("/health/ready", (HttpContext http) =>
        {
            http.Response.Headers.Date = DateTimeOffset.UtcNow.AddMinutes(-10).ToString("R", CultureInfo.InvariantCulture);
            return "hello";
        });
        await stranger.StartAsync();

        var outcome = await RunAsync("--url", stranger.Urls.Single());

        Found(outcome, "server").ShouldContain("not as this product does");
        Verdict(Find(outcome, "clock of the server")).ShouldBe("look");
        Found(outcome, "clock of the server").ShouldContain("behind this one");
    }

    [Theory]
    [InlineData("127.0.0.1", -1, "which is over", "Renew it")]
    [InlineData("other.example", 30, "for another name", "issued for this name")]
    [InlineData("127.0.0.1", 30, "not trusted here", "authority")]
    public async Task Each_fault_of_a_certificate_is_told_with_what_to_do(string name, int endsInDays, string found, string next)
    {
        using var certificate = Certificate(name, DateTimeOffset.UtcNow.AddDays(endsInDays));
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        await using var stranger = builder.Build();
        await stranger.StartAsync();

        var outcome = await RunAsync("--url", stranger.Urls.Single());

        Verdict(Find(outcome, "certificate")).ShouldBe("fault");
        Found(outcome, "certificate").ShouldContain($"CN={name}");
        Found(outcome, "certificate").ShouldContain(found);
        Find(outcome, "certificate").GetProperty("next").GetString()!.ShouldContain(next);
        Found(outcome, "server").ShouldContain("not as this product does", Case.Sensitive, "the rest is looked at all the same");
    }

    private static X509Certificate2 Certificate(string name, DateTimeOffset ends)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(ends.AddDays(-60), ends);
    }

    [Fact]
    public async Task Each_fault_of_a_folder_is_told_with_what_to_do()
    {
        using var folder = new DataFolder();
        (await CqrsShell.RunAsync(["simulate", "--users", "5", "--days", "5", "--data", folder.Path])).ExitCode.ShouldBe(ExitCodes.Ok);
        (await DoctorAsync(folder)).ExitCode.ShouldBe(ExitCodes.Ok);

        // Ahead of its log: of another history.
        using (var model = SqliteTables.Open(Path.Combine(folder.Path, "projections"), "users.db", "CREATE TABLE checkpoint (id INTEGER, position INTEGER)"))
            model.Run("INSERT INTO checkpoint VALUES (1, 1000000)");
        Found(await DoctorAsync(folder), "projections/users.db").ShouldContain("ahead of the log");
        Directory.Delete(Path.Combine(folder.Path, "projections"), recursive: true);

        using (var deliveries = SqliteDeliveries.Open(folder.Path, TimeProvider.System))
        {
            var message = new SendPush(Guid.NewGuid(), "AAAAAAAAAAAAAAAAAAAAAA", "invited", Sender: null, Connection: null, Data: null);
            await deliveries.AcceptAsync([message]);
            await deliveries.ParkAsync(message.Id, Reasons.Refused);
        }

        Found(await DoctorAsync(folder), "notifications.db").ShouldContain("1 messages parked");

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(folder.Path, "master.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Found(await DoctorAsync(folder), "master key").ShouldContain("may be read by others");
        }

        var masters = MasterKeyFile.Load(folder.Path);
        MasterKeyFile.Replace(folder.Path, masters.WrappingWith(MasterKey.Create()));
        Find(await DoctorAsync(folder), "master key").GetProperty("next").GetString()!.ShouldContain("cqrs keys rotate");
        MasterKeyFile.Replace(folder.Path, new(MasterKeySource.File, [MasterKey.Create()]));
        Verdict(Find(await DoctorAsync(folder), "master key")).ShouldBe("fault");
        File.Delete(Path.Combine(folder.Path, "master.key"));
        Found(await DoctorAsync(folder), "master key").ShouldContain("is missing: restore master.key");

        await File.WriteAllTextAsync(Path.Combine(folder.Path, SqliteEventLog.FileName), new string('x', 10_000));
        var broken = await DoctorAsync(folder);
        broken.ExitCode.ShouldBe(ExitCodes.Faults);
        Verdict(Find(broken, "log")).ShouldBe("fault");
    }

    [Theory]
    [InlineData("refuses")]
    [InlineData("is silent")]
    public async Task An_EventStoreDB_that_does_not_answer_costs_seconds_and_the_other_checks_go_on(string how)
    {
        using var folder = new DataFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (how == "refuses") listener.Stop();
        var server = $"esdb://127.0.0.1:{port}?tls=false";

        var begun = Stopwatch.GetTimestamp();
        var outcome = await DoctorAsync(folder, "EventStore", server);

        // The check's limit is 5 s; it used to be five minutes.
        Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        outcome.ExitCode.ShouldBe(ExitCodes.Faults);
        Verdict(Find(outcome, "log")).ShouldBe("fault");
        Find(outcome, "log").GetProperty("next").GetString()!.ShouldContain("Start the server");
        foreach (var check in new[] { "data folder", "master key", "server" }) Find(outcome, check);
        outcome.Error.ShouldContain("checking log, for 10 s at most");
    }

    [Fact]
    public async Task A_check_that_never_ends_is_a_fault_after_its_limit()
    {
        var check = new Check("hanging", TimeSpan.FromMilliseconds(1), async _ =>
        {
            await new TaskCompletionSource().Task;
            return [];
        });
        var finding = (await check.ExamineAsync(CancellationToken.None)).ShouldHaveSingleItem();
        (finding.Verdict, finding.Check).ShouldBe((Cqrs.Cli.Doctor.Verdict.Fault, "hanging"));
        finding.Found.ShouldStartWith("no answer within");
    }

    [Fact]
    public async Task A_log_of_a_newer_version_is_a_fault()
    {
        using var folder = new DataFolder();
        (await CqrsShell.RunAsync(["simulate", "--users", "2", "--days", "2", "--data", folder.Path])).ExitCode.ShouldBe(ExitCodes.Ok);
        using (var log = SqliteTables.OpenToWrite(Path.Combine(folder.Path, SqliteEventLog.FileName))) log.Run("PRAGMA user_version = 99");

        var outcome = await DoctorAsync(folder);

        outcome.ExitCode.ShouldBe(ExitCodes.Faults);
        Verdict(Find(outcome, "log")).ShouldBe("fault");
        Found(outcome, "log").ShouldContain("schema 99; this program reads schemas up to ");
        Find(outcome, "log").GetProperty("next").GetString()!.ShouldContain("the version of cqrs that wrote it");
        Find(outcome, "master key");
    }

    [Theory]
    [InlineData("Grid:Sqares", "3", "setting Grid:Sqares", "Did you mean Grid:Squares?")]
    [InlineData("Nothing:Like:It", "3", "setting Nothing:Like:It", "README")]
    public async Task A_setting_that_does_not_exist_is_to_be_looked_at(string name, string value, string check, string next)
    {
        using var folder = new DataFolder();
        var row = Find(await DoctorAsync(folder, name, value), check);
        Verdict(row).ShouldBe("look");
        row.GetProperty("next").GetString()!.ShouldContain(next);
    }

    [Theory]
    [InlineData("Urls", "http://127.0.0.1:99999")]
    [InlineData("Urls", "http://name-that-does-not-resolve.invalid:5080")]
    [InlineData("Gateway:Urls", "http://127.0.0.1:99999")]
    [InlineData("Grid:Squares:0", "3")]
    public async Task A_setting_that_stops_the_start_is_a_fault(string name, string value)
    {
        using var folder = new DataFolder();
        var outcome = await DoctorAsync(folder, name, value);
        outcome.ExitCode.ShouldBe(ExitCodes.Faults);
        Verdict(Find(outcome, "configuration")).ShouldBe("fault");
    }

    [Theory]
    [InlineData("http://unix:/tmp/cqrs.sock")]
    [InlineData("http://[::]:0")]
    public async Task An_address_that_cannot_be_asked_is_passed_over(string url)
    {
        using var folder = new DataFolder();
        (await DoctorAsync(folder, "Urls", url)).Rows.ShouldNotContain(row => row.GetProperty("check").GetString() == "server");
    }

    [Fact]
    public async Task What_is_not_there_is_told()
    {
        using var folder = new DataFolder();
        Found(await DoctorAsync(folder), "log").ShouldContain("there is none");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
        Found(await CqrsShell.RunAsync(["doctor", "--format", "jsonl", "--data", folder.Path + "/nothing"]), "configuration").ShouldContain("there is no folder");
    }

    [Fact]
    public async Task People_get_a_table()
    {
        var outcome = await CqrsShell.RunAsync(["doctor", "--data", story.Server.Data.Path], width: 160);
        outcome.Lines[0].ShouldStartWith("check");

        var narrow = await CqrsShell.RunAsync(["doctor", "--url", "http://127.0.0.1:1", "--data", story.Server.Data.Path], width: 80);
        narrow.Lines.ShouldAllBe(line => line.Length <= 80 && !line.Contains('…'));
        string.Join(' ', narrow.Lines.Select(line => line.Trim())).ShouldContain("→ Start it, or correct the address; a firewall or proxy may lie between.");
    }

    private Task<Outcome> RunAsync(params string[] args) => CqrsShell.RunAsync(story.Server, ["doctor", "--format", "jsonl", .. args]);

    private static Task<Outcome> DoctorAsync(DataFolder folder) => CqrsShell.RunAsync(["doctor", "--format", "jsonl", "--data", folder.Path]);

    private static JsonElement Find(Outcome outcome, string check) => outcome.Rows.First(row => row.GetProperty("check").GetString() == check);

    private static string Found(Outcome outcome, string check) => Find(outcome, check).GetProperty("found").GetString()!;

    private static string Verdict(JsonElement row) => row.GetProperty("verdict").GetString()!;

    /// <summary>In a process of its own: the environment of this one belongs to all tests.</summary>
    private static async Task<Outcome> DoctorAsync(DataFolder folder, string setting, string value)
    {
        var start = new ProcessStartInfo(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Cqrs.Cli.dll"), "doctor", "--format", "jsonl", "--data", folder.Path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment[$"CQRS_{setting.Replace(":", "__", StringComparison.Ordinal)}"] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }
}
