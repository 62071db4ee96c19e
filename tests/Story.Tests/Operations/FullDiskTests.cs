using System.Diagnostics;
using Cqrs.Domain.Mailboxes;
using Cqrs.EventStore.Log;
using Cqrs.Messaging.Mailboxes;
using Cqrs.Story.Tests.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cqrs.Story.Tests.Operations;

/// <summary>Where nothing can be written any more, reads go on, and commands say that the storage is at fault.</summary>
public sealed class FullDiskTests
{
    private const string Warning = "changed bit could not be cleared";

    [Fact]
    public async Task The_list_is_answered_while_its_bit_cannot_be_cleared_and_a_later_read_clears_it()
    {
        FailingBits? bits = null;
        await using var server = await StoryServer.StartAsync(folder: null, services => services.Replace(
            ServiceDescriptor.Singleton<IChangedBits>(s => bits ??= new(s.GetRequiredService<SqliteMailboxes>()))));
        var (_, bob) = await Messenger.ConnectedAsync(server);
        await Wait.UntilAsync(bob.PollsAsync, poll => poll.Changed.Bit);

        bits!.Fail = true;
        var list = (await bob.Phone.GetAsync("/connections", server.Seen)).ShouldBe(200);
        (await bob.Phone.GetAsync("/connections", ifNoneMatch: list.Header("ETag"))).ShouldBe(304);
        (await bob.PollsAsync()).Changed.Bit.ShouldBeTrue();
        server.Log.Lines.Count(line => line.Contains(Warning, StringComparison.Ordinal)).ShouldBe(1);

        bits.Fail = false;
        (await bob.Phone.GetAsync("/connections", ifNoneMatch: list.Header("ETag"))).ShouldBe(304);
        (await bob.PollsAsync()).Changed.Bit.ShouldBeFalse();
    }

    [Fact]
    public async Task The_list_does_not_wait_long_for_a_bit_that_another_process_keeps_from_being_written()
    {
        await using var server = await StoryServer.StartAsync();
        var (_, bob) = await Messenger.ConnectedAsync(server);
        await Wait.UntilAsync(bob.PollsAsync, poll => poll.Changed.Bit);
        await using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(server.Data.Path, "mailboxes.db")};Pooling=False");
        await other.OpenAsync();
        await using (var begin = other.CreateCommand())
        {
            begin.CommandText = "BEGIN IMMEDIATE";
            await begin.ExecuteNonQueryAsync();
        }

        // SQLite itself waits ten seconds for the other process, and the answer must not.
        var asked = bob.Phone.GetAsync("/connections", server.Seen);
        (await asked.WaitAsync(TimeSpan.FromSeconds(9))).ShouldBe(200);
    }

    [SkippableFact]
    public async Task On_a_full_disk_reads_go_on_and_commands_answer_that_the_storage_is_unavailable()
    {
        using var disk = SmallDisk.Mount();
        await using var server = await StoryServer.StartAsync(disk.Folder);
        var (ada, bob) = await Messenger.ConnectedAsync(server);
        await ada.SendsAsync(1000, [1, 2, 3]);
        await Wait.UntilAsync(bob.PollsAsync, poll => poll.Changed.Bit);
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), health => health.Status == 200);

        // The read models have seen everything; Ada's list is read and not Bob's, whose bit is to stay.
        (await ada.Phone.ListAsync()).Squares.Used.ShouldBe(1);
        (await ada.Phone.MeAsync()).ShouldBe(200);
        disk.Fill();
        (await bob.Phone.GetAsync("/connections", server.Seen)).ShouldBe(200);
        (await bob.Phone.GetAsync("/connections")).ShouldBe(200);
        (await bob.Phone.GetAsync("/me", server.Seen)).ShouldBe(200);
        (await bob.PollAsync()).ShouldBe(200);
        (await bob.ReceivesAsync(1000)).ShouldBe([1, 2, 3]);
        (await bob.Phone.PostAsync("/vending", key: "ticket")).ShouldBe(200);
        (await server.GetAsync("/dev/outbox")).ShouldBe(200);
        (await server.GetAsync("/i/0000000000000000")).ShouldBe(404);
        var health = (await server.GetAsync("/health/ready")).ShouldBe(200);
        health.Json.GetProperty("dependencies").GetProperty("videos").GetProperty("detail").GetString()!.ShouldContain("full");

        for (var i = 0; i < 3; i++)
        {
            (await ada.Phone.InviteAsync("Carl", "", Phone.NewNumber(), $"invite {i}")).ShouldBeProblem("storage-unavailable");
            (await Phone.Of(server).AskAsync($"ask {i}")).ShouldBeProblem("storage-unavailable");
        }

        (await ada.UploadAsync(await ada.AsksUploadAsync(1001, 100_000), new ByteArrayContent(new byte[100_000]))).ShouldBeProblem("storage-unavailable");
        disk.Free();
        (await ada.Phone.InviteAsync("Carl", "", Phone.NewNumber(), "invite 0")).Status.ShouldBeOneOf(201, 422);
        await Wait.UntilAsync(() => bob.Phone.GetAsync("/connections"), _ => !bob.PollsAsync().Result.Changed.Bit);
        await Wait.UntilAsync(() => server.GetAsync("/health/ready"), answer => answer.Status == 200);
    }

    /// <summary>Bits that cannot be cleared while a flag is set, as on a full disk.</summary>
    private sealed class FailingBits(IChangedBits bits) : IChangedBits
    {
        public bool Fail { get; set; }

        public ValueTask<long> LoadMarkAsync(CancellationToken cancel = default) => bits.LoadMarkAsync(cancel);

        public ValueTask SetAsync(IReadOnlyList<ChangedBit> set, long mark, CancellationToken cancel = default) => bits.SetAsync(set, mark, cancel);

        public ValueTask ClearAsync(BitName bit, long version, CancellationToken cancel = default) =>
            Fail ? throw new EventLogException(EventLogErrors.Full, "The disk is full.") : bits.ClearAsync(bit, version, cancel);

        public ValueTask<int> StartAgainAsync(CancellationToken cancel = default) => bits.StartAgainAsync(cancel);

        public ValueTask<(bool Changed, long Version)?> ReadAsync(BitName bit, CancellationToken cancel = default) => bits.ReadAsync(bit, cancel);
    }

    /// <summary>A file system in memory with room for a small store. Mounting one needs the rights of root.</summary>
    private sealed class SmallDisk : IDisposable
    {
        public DataFolder Folder { get; } = new();

        private string Filler => Path.Combine(Folder.Path, "filler");

        public static SmallDisk Mount()
        {
            var disk = new SmallDisk();
            if (Run("mount", "-t", "tmpfs", "-o", "size=24m", "none", disk.Folder.Path)) return disk;
            disk.Folder.Dispose();
            throw new SkipException("No file system can be mounted here.");
        }

        /// <summary>Writes until there is no room left.</summary>
        public void Fill()
        {
            using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            foreach (var size in new[] { 65_536, 4096, 1 })
            {
                try
                {
                    for (var block = new byte[size]; ;) file.Write(block);
                }
                catch (IOException)
                {
                    // Not so many any more; smaller blocks may still fit.
                }
            }
        }

        public void Free() => File.Delete(Filler);

        public void Dispose()
        {
            Run("umount", "-l", Folder.Path);
            Folder.Dispose();
        }

        private static bool Run(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
