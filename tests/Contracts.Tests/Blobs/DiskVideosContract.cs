using Cqrs.Api;
using Cqrs.Contracts.Tests.Log;
using Cqrs.Messaging.Videos;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cqrs.Contracts.Tests.Blobs;

/// <summary>The embedded store behind the addresses of a server that does nothing but messaging.</summary>
public sealed class DiskVideosContract : VideoStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly SetForward _clock = new();
    private WebApplication? _server;
    private HttpClient? _http;

    private string Videos => Path.Combine(_folder.Path, "videos");

    private string Incoming => Path.Combine(Videos, "incoming");

    protected override async Task<(IVideoStore Store, HttpClient Http)> OpenAsync()
    {
        string[] args = ["--environment", "Development", "--Roles=messaging", "--Urls", "http://127.0.0.1:0", "--Data", _folder.Path];
        _server = Server.Build(args, services => services.AddLogging(logging => logging.ClearProviders()));
        await _server.StartAsync();
        _http = new() { BaseAddress = new(_server.Urls.Single()) };
        return (_server.Services.GetRequiredService<IVideoStore>(), _http);
    }

    public override async Task DisposeAsync()
    {
        _http!.Dispose();
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_a_crash_has_left_is_removed_and_what_is_being_written_is_not()
    {
        var files = OpenFiles();
        var left = Path.Combine(Incoming, "0123456789abcdef0123456789abcdef");
        await File.WriteAllBytesAsync(left, new byte[100]);
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var key = NewKey();
        var upload = files.ReceiveAsync(key, new("video/mp4", 200), new Halting(begun, go), CancellationToken.None);
        await begun.Task;

        // Another process starts meanwhile, and this one sweeps.
        OpenFiles();
        files.Sweep();
        File.Exists(left).ShouldBeFalse();
        Directory.EnumerateFiles(Incoming).Count().ShouldBe(1);

        go.SetResult();
        (await upload).ShouldBeTrue();
        using var video = files.Find(key).ShouldNotBeNull();
        video.Terms.ShouldBe(new("video/mp4", 200));
        Directory.EnumerateFiles(Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_torn_file_is_no_video()
    {
        var (files, key) = (OpenFiles(), NewKey());
        (await files.ReceiveAsync(key, new("video/mp4", 1000), new MemoryStream(Bytes(1000, 1)), CancellationToken.None)).ShouldBeTrue();
        var path = Directory.EnumerateFiles(Videos, key.Video.ToString(), SearchOption.AllDirectories).Single();
        var whole = await File.ReadAllBytesAsync(path);
        foreach (var length in new[] { 0, 1, 127, 128, 129, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            files.Find(key).ShouldBeNull($"{length} bytes");
        }

        await File.WriteAllBytesAsync(path, whole);
        files.Find(key).ShouldNotBeNull().Dispose();
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        var (files, key) = (OpenFiles(), NewKey());
        (await files.ReceiveAsync(key, new("video/mp4", 1000), new MemoryStream(Bytes(999, 1)), CancellationToken.None)).ShouldBeFalse();
        (await files.ReceiveAsync(key, new("video/mp4", 1000), new MemoryStream(Bytes(1001, 1)), CancellationToken.None)).ShouldBeFalse();
        await Should.ThrowAsync<IOException>(() => files.ReceiveAsync(key, new("video/mp4", 1000), new Breaking(), CancellationToken.None));
        await Should.ThrowAsync<OperationCanceledException>(() => files.ReceiveAsync(key, new("video/mp4", 1000), new MemoryStream(Bytes(1000, 1)), new(canceled: true)));
        files.Find(key).ShouldBeNull();
        Directory.EnumerateFiles(Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_sweep_removes_what_is_over_and_the_folders_that_are_empty_then()
    {
        var files = OpenFiles();
        var (old, young, alone) = (NewKey(), NewKey(), NewKey());
        young = young with { Mailbox = old.Mailbox };
        foreach (var key in new[] { old, alone }) await files.ReceiveAsync(key, new("video/mp4", 1), new MemoryStream([1]), CancellationToken.None);
        _clock.Advance(TimeSpan.FromDays(1));
        await files.ReceiveAsync(young, new("video/mp4", 1), new MemoryStream([1]), CancellationToken.None);
        files.Sweep().ShouldBe(0);
        _clock.Advance(TimeSpan.FromHours(25));
        files.Find(old).ShouldBeNull("also before it is swept");
        files.Sweep().ShouldBe(2);
        files.Find(young).ShouldNotBeNull().Dispose();
        Directory.EnumerateDirectories(Videos).Count().ShouldBe(2, "the mailbox of the young one, and incoming");
    }

    [Fact]
    public async Task Uploads_go_on_while_empty_folders_are_swept()
    {
        var files = OpenFiles();
        using var end = new CancellationTokenSource();
        var sweeping = Task.Run(() =>
        {
            while (!end.IsCancellationRequested) files.Sweep();
        });
        for (var i = 0; i < 300; i++) (await files.ReceiveAsync(NewKey(), new("video/mp4", 1), new MemoryStream([1]), CancellationToken.None)).ShouldBeTrue();
        await end.CancelAsync();
        await sweeping;
    }

    [Fact]
    public async Task Of_processes_that_store_only_what_is_not_there_one_stores()
    {
        var processes = Enumerable.Range(0, 4).Select(_ => OpenFiles()).ToList();
        for (var round = 0; round < 20; round++)
        {
            var key = NewKey();
            var outcomes = await Task.WhenAll(processes.SelectMany(files => Enumerable.Range(1, 3).Select(length => Task.Run(() => files.ReceiveAsync(
                key, new("video/mp4", length), new MemoryStream(new byte[length]), stored => stored is null, CancellationToken.None)))));
            var version = outcomes.Where(one => one.Outcome is ReceiveOutcome.Stored).ShouldHaveSingleItem().Version;
            outcomes.Count(one => one.Outcome is ReceiveOutcome.ConditionFailed).ShouldBe(11);
            using var video = processes[0].Find(key).ShouldNotBeNull();
            video.Version.ShouldBe(version);
        }
    }

    [Fact]
    public async Task A_condition_is_asked_about_the_stored_version_before_and_after_the_bytes()
    {
        var (files, key, seen) = (OpenFiles(), NewKey(), new List<string?>());
        var first = await files.ReceiveAsync(key, new("video/mp4", 1), new MemoryStream([1]), condition: null, CancellationToken.None);
        var second = await files.ReceiveAsync(
            key, new("video/mp4", 2), new MemoryStream([1, 2]), stored => Seen(stored), CancellationToken.None);
        second.Outcome.ShouldBe(ReceiveOutcome.Stored);
        second.Version.ShouldNotBe(first.Version);
        seen.ShouldBe([first.Version, first.Version]);

        (await files.ReceiveAsync(key, new("video/mp4", 1), new Breaking(), _ => false, CancellationToken.None)).Outcome.ShouldBe(
            ReceiveOutcome.ConditionFailed, "the bytes are not read when the condition does not hold");

        bool Seen(StoredVideo? stored)
        {
            seen.Add(stored?.Version);
            return true;
        }
    }

    private VideoFiles OpenFiles() => VideoFiles.Open(Videos, TimeSpan.FromDays(2), _clock);

    /// <summary>200 bytes, the second half when it is told to go on.</summary>
    private sealed class Halting(TaskCompletionSource begun, TaskCompletionSource go) : MemoryStream(new byte[200])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == 100)
            {
                begun.TrySetResult();
                await go.Task;
            }

            return Read(buffer.Span[..Math.Min(buffer.Length, 100)]);
        }
    }

    private sealed class Breaking : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("cut");
    }
}
