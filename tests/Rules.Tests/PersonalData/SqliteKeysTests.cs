using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.Rules.Tests.PersonalData;

public sealed class SqliteKeysTests : IDisposable
{
    private static readonly UserId Ada = new(Guid.Parse("aaaaaaaa-0000-4000-8000-000000000001"));
    private static readonly UserId Bob = new(Guid.Parse("bbbbbbbb-0000-4000-8000-000000000002"));

    private readonly KeysFolder _folder = new();

    [Fact]
    public async Task A_key_is_the_same_after_reopening()
    {
        var value = new byte[3 + SubjectKey.Overhead];
        using (var keys = _folder.Open())
            (await keys.GetOrCreateAsync(Ada)).TrySeal(new byte[12], "Ada"u8, "here"u8, value).ShouldBeTrue();

        using var again = _folder.Open();
        var clear = new byte[3];
        (await again.GetOrCreateAsync(Ada)).Open(value, "here"u8, clear).ShouldBe(Opened.Clear);
        clear.ShouldBe("Ada"u8.ToArray());
        (await again.GetOrCreateAsync(Bob)).Open(value, "here"u8, clear).ShouldBe(Opened.Tampered);
    }

    [Fact]
    public async Task A_created_key_is_durable_before_the_answer()
    {
        using var keys = _folder.Open();
        await keys.GetOrCreateAsync(Ada);

        // Another reader of the files sees it at once, as would a process started after a crash.
        using var other = _folder.Open();
        (await other.FindAsync(Ada)).State.ShouldBe(SubjectKeyState.Present);
        (await other.FindAsync(Bob)).State.ShouldBe(SubjectKeyState.NeverMade);
    }

    [Fact]
    public async Task Files_left_by_a_crash_are_read()
    {
        using var crashed = new KeysFolder();
        using (var keys = _folder.Open())
        {
            await keys.GetOrCreateAsync(Ada);
            await keys.GetOrCreateAsync(Bob);
            await keys.DeleteAsync(Bob);
            await keys.GetOrCreateSystemKeyAsync("phone-index");

            // What a power cut would leave: the files as they are, journal and all, with nobody closing them.
            foreach (var file in Directory.GetFiles(_folder.Path))
                File.Copy(file, Path.Combine(crashed.Path, Path.GetFileName(file)));
        }

        using var reopened = crashed.Open();
        (await reopened.FindAsync(Ada)).State.ShouldBe(SubjectKeyState.Present);
        (await reopened.FindAsync(Bob)).State.ShouldBe(SubjectKeyState.Forgotten);
        using var original = _folder.Open();
        (await reopened.GetOrCreateSystemKeyAsync("phone-index")).ToArray()
            .ShouldBe((await original.GetOrCreateSystemKeyAsync("phone-index")).ToArray());
    }

    [Fact]
    public async Task What_is_known_of_a_key_is_told_without_it()
    {
        using var keys = _folder.Open();
        await keys.GetOrCreateAsync(Ada);
        await keys.GetOrCreateAsync(Bob);
        using var other = _folder.Open();
        (await other.StateAsync(Ada)).ShouldBe(SubjectKeyState.Present);
        (await other.StateAsync(new(Guid.NewGuid()))).ShouldBe(SubjectKeyState.NeverMade);
        other.CachedKeys.ShouldBe(0);

        await keys.DeleteAsync(Bob);

        (await keys.StateAsync(Bob)).ShouldBe(SubjectKeyState.Forgotten);
        (await other.StateAsync(Bob)).ShouldBe(SubjectKeyState.Forgotten);
    }

    [Fact]
    public async Task Who_asks_at_once_gets_the_same_key()
    {
        using var keys = _folder.Open();
        using var other = _folder.Open();
        var users = Enumerable.Range(0, 40).Select(i => new UserId(new Guid(i + 1, 0, 0, new byte[8]))).ToArray();

        await Task.WhenAll(users.SelectMany(user => Enumerable.Range(0, 10).Select(i =>
            Task.Run(async () => await (i % 2 == 0 ? keys : other).GetOrCreateAsync(user)))));

        foreach (var user in users)
        {
            var value = new byte[1 + SubjectKey.Overhead];
            (await keys.GetOrCreateAsync(user)).TrySeal(new byte[12], [7], [], value).ShouldBeTrue();
            (await other.GetOrCreateAsync(user)).Open(value, [], new byte[1]).ShouldBe(Opened.Clear);
        }
    }

    [Fact]
    public async Task Creations_that_wait_share_a_commit()
    {
        using var keys = _folder.Open();

        // While somebody else is writing, whoever asks gathers.
        Task<SubjectKey>[] begun;
        using (_folder.HoldWriteLock())
            begun = [.. Enumerable.Range(0, 300).Select(i => keys.GetOrCreateAsync(new(new Guid(i + 1, 0, 0, new byte[8]))).AsTask())];

        await Task.WhenAll(begun);

        keys.Commits.ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task A_deleted_key_is_forgotten_for_ever()
    {
        using (var keys = _folder.Open())
        {
            var held = await keys.GetOrCreateAsync(Ada);
            await keys.DeleteAsync(Ada);
            await keys.DeleteAsync(Ada);
            await keys.DeleteAsync(Bob);

            held.TrySeal(new byte[12], [1], [], new byte[1 + SubjectKey.Overhead]).ShouldBeFalse();
            held.Open(new byte[40], [], new byte[12]).ShouldBe(Opened.Forgotten);
            (await keys.FindAsync(Ada)).ShouldBe(SubjectKeyLookup.Forgotten);
            (await Should.ThrowAsync<SubjectForgottenException>(async () => await keys.GetOrCreateAsync(Ada))).User.ShouldBe(Ada);
        }

        using var reopened = _folder.Open();
        (await reopened.FindAsync(Ada)).State.ShouldBe(SubjectKeyState.Forgotten);
        (await Should.ThrowAsync<SubjectForgottenException>(async () => await reopened.GetOrCreateAsync(Bob)))
            .Code.ShouldBe("subject-forgotten");
    }

    [Fact]
    public async Task A_creation_that_comes_too_late_makes_no_key()
    {
        using var keys = _folder.Open();
        Task deleting;
        Task<SubjectKey> creating;
        using (_folder.HoldWriteLock())
        {
            deleting = keys.DeleteAsync(Ada);
            creating = keys.GetOrCreateAsync(Ada).AsTask();
        }

        await deleting;
        await Should.ThrowAsync<SubjectForgottenException>(creating);
        _folder.Wrapped(Ada).ShouldBeNull();
    }

    [Fact]
    public async Task Another_process_notices_a_delete()
    {
        var clock = new HandClock();
        using var keys = _folder.Open();
        using var other = _folder.Open(new() { Time = clock });
        var held = await other.GetOrCreateAsync(Ada);
        (await other.GetOrCreateAsync(Bob)).Subject.ShouldBe(Bob);

        await keys.DeleteAsync(Ada);
        clock.Advance(100);

        (await other.FindAsync(Ada)).State.ShouldBe(SubjectKeyState.Forgotten);
        (await other.FindAsync(Bob)).State.ShouldBe(SubjectKeyState.Present);
        held.Open(new byte[40], [], new byte[12]).ShouldBe(Opened.Forgotten);
    }

    [Fact]
    public async Task The_bytes_of_a_deleted_key_are_nowhere()
    {
        using var keys = _folder.Open();
        var random = new Random(4);
        var users = Enumerable.Range(0, 600).Select(_ =>
        {
            var id = new byte[16];
            random.NextBytes(id);
            return new UserId(new Guid(id));
        }).ToArray();
        await Task.WhenAll(users.Select(user => keys.GetOrCreateAsync(user).AsTask()));
        var wrapped = users.Select(_folder.Wrapped).ToArray();
        var all = _folder.AllBytes();
        wrapped.Count(blob => all.AsSpan().IndexOf(blob) >= 0).ShouldBe(users.Length);

        await Task.WhenAll(users.Where((_, i) => i % 2 == 0).Select(user => keys.DeleteAsync(user)));

        all = _folder.AllBytes();
        wrapped.Where((_, i) => i % 2 == 0).Count(blob => all.AsSpan().IndexOf(blob.AsSpan(0, 16)) >= 0).ShouldBe(0);
        wrapped.Where((_, i) => i % 2 == 0).Count(blob => all.AsSpan().IndexOf(blob.AsSpan(44)) >= 0).ShouldBe(0);
        wrapped.Where((_, i) => i % 2 == 1).Count(blob => all.AsSpan().IndexOf(blob) >= 0).ShouldBe(users.Length / 2);
    }

    [Fact]
    public async Task The_cache_is_bounded_and_what_left_it_is_found_again()
    {
        using var keys = _folder.Open(new() { CachedKeys = 10 });
        var users = Enumerable.Range(0, 50).Select(i => new UserId(new Guid(i + 1, 0, 0, new byte[8]))).ToArray();
        await Task.WhenAll(users.Select(user => keys.GetOrCreateAsync(user).AsTask()));

        keys.CachedKeys.ShouldBe(10);
        foreach (var user in users)
            (await keys.FindAsync(user)).Key!.Subject.ShouldBe(user);

        keys.CachedKeys.ShouldBe(10);
    }

    [Fact]
    public async Task Rewrapping_changes_the_master_key_and_nothing_else()
    {
        var value = new byte[1 + SubjectKey.Overhead];
        byte[] system;
        byte[] old;
        using (var keys = _folder.Open())
        {
            (await keys.GetOrCreateAsync(Ada)).TrySeal(new byte[12], [7], [], value).ShouldBeTrue();
            await keys.GetOrCreateAsync(Bob);
            await keys.DeleteAsync(Bob);
            system = (await keys.GetOrCreateSystemKeyAsync("phone-index")).ToArray();
            old = _folder.Wrapped(Ada);

            await keys.RewrapAsync(KeysFolder.NewMaster);
            keys.Masters.Current.Id.ShouldBe("second");
            await keys.RewrapAsync(KeysFolder.NewMaster);
        }

        _folder.AllBytes().AsSpan().IndexOf(old).ShouldBe(-1);
        using var reopened = SqliteKeys.Open(_folder.Path, KeysFolder.Ring(KeysFolder.NewMaster));
        (await reopened.GetOrCreateAsync(Ada)).Open(value, [], new byte[1]).ShouldBe(Opened.Clear);
        (await reopened.FindAsync(Bob)).State.ShouldBe(SubjectKeyState.Forgotten);
        (await reopened.GetOrCreateSystemKeyAsync("phone-index")).ToArray().ShouldBe(system);
        Should.Throw<PersonalDataException>(() => _folder.Open()).Code.ShouldBe("master-key-missing");
    }

    [Fact]
    public async Task While_the_master_key_is_replaced_other_processes_read_and_make_keys()
    {
        MasterKeys given = KeysFolder.Ring(KeysFolder.Master);
        using var server = _folder.Open(new() { CachedKeys = 0, RereadMasters = () => given });
        var users = Enumerable.Range(1, 1_100).Select(i => new UserId(new Guid(i, 0, 0, new byte[8]))).ToList();
        await Task.WhenAll(users.Select(user => server.GetOrCreateAsync(user).AsTask()));
        var value = new byte[1 + SubjectKey.Overhead];
        (await server.GetOrCreateAsync(users[^1])).TrySeal(new byte[12], [7], [], value).ShouldBeTrue();
        (await server.GetOrCreateSystemKeyAsync("phone-index")).Length.ShouldBe(32);

        given = KeysFolder.Ring(KeysFolder.NewMaster, KeysFolder.Master);
        using (var rotation = SqliteKeys.Open(_folder.Path, given))
        {
            var late = new List<Task<SubjectKey>>();
            await rotation.RewrapAsync(KeysFolder.NewMaster, _ =>
            {
                foreach (var user in users) server.FindAsync(user).AsTask().GetAwaiter().GetResult().State.ShouldBe(SubjectKeyState.Present);
                late.Add(server.GetOrCreateAsync(new(new Guid(late.Count, 1, 0, new byte[8]))).AsTask());
            });
            (await Task.WhenAll(late)).Length.ShouldBeGreaterThan(2);
            rotation.CountWrappedByOthers(KeysFolder.NewMaster).ShouldBe(0);
        }

        given = KeysFolder.Ring(KeysFolder.NewMaster);
        await server.GetOrCreateAsync(Ada);
        await server.GetOrCreateSystemKeyAsync("made afterwards");
        server.Masters.Current.Id.ShouldBe("second");
        using var reopened = SqliteKeys.Open(_folder.Path, given);
        reopened.CountWrappedByOthers(KeysFolder.NewMaster).ShouldBe(0);
        (await reopened.GetOrCreateAsync(users[^1])).Open(value, [], new byte[1]).ShouldBe(Opened.Clear);
        (await reopened.FindAsync(Ada)).State.ShouldBe(SubjectKeyState.Present);
    }

    [Fact]
    public async Task Who_is_not_given_the_new_master_key_makes_no_more_keys()
    {
        using var server = _folder.Open();
        await server.GetOrCreateAsync(Ada);
        using (var rotation = SqliteKeys.Open(_folder.Path, KeysFolder.Ring(KeysFolder.NewMaster, KeysFolder.Master)))
            await rotation.RewrapAsync(KeysFolder.NewMaster);

        (await Should.ThrowAsync<PersonalDataException>(server.GetOrCreateAsync(Bob).AsTask())).Code.ShouldBe("master-key-retired");
        (await Should.ThrowAsync<PersonalDataException>(server.GetOrCreateSystemKeyAsync("late").AsTask())).Code.ShouldBe("master-key-retired");
        using var reopened = SqliteKeys.Open(_folder.Path, KeysFolder.Ring(KeysFolder.NewMaster));
        (await reopened.FindAsync(Bob)).State.ShouldBe(SubjectKeyState.NeverMade);
    }

    [Fact]
    public async Task Cut_off_half_way_every_key_is_readable_and_a_second_run_finishes_it()
    {
        var both = KeysFolder.Ring(KeysFolder.NewMaster, KeysFolder.Master);
        var users = Enumerable.Range(1, 1_100).Select(i => new UserId(new Guid(i, 0, 0, new byte[8]))).ToList();
        using (var keys = _folder.Open())
            await Task.WhenAll(users.Select(user => keys.GetOrCreateAsync(user).AsTask()));

        using (var stop = new CancellationTokenSource())
        using (var rotation = SqliteKeys.Open(_folder.Path, both))
        {
            await Should.ThrowAsync<OperationCanceledException>(rotation.RewrapAsync(KeysFolder.NewMaster, _ => stop.Cancel(), stop.Token));
            rotation.CountWrappedByOthers(KeysFolder.NewMaster).ShouldBe(600);
        }

        using var again = SqliteKeys.Open(_folder.Path, both);
        foreach (var user in users) (await again.FindAsync(user)).State.ShouldBe(SubjectKeyState.Present);
        await again.RewrapAsync(KeysFolder.NewMaster);
        again.CountWrappedByOthers(KeysFolder.NewMaster).ShouldBe(0);
    }

    [Fact]
    public async Task System_keys_are_32_bytes_that_all_agree_on()
    {
        using var keys = _folder.Open();
        using var other = _folder.Open();

        var found = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
            Convert.ToHexString((await (i % 2 == 0 ? keys : other).GetOrCreateSystemKeyAsync("phone-index")).Span))));

        found.Distinct().Count().ShouldBe(1);
        found[0].Length.ShouldBe(64);
        Convert.ToHexString((await keys.GetOrCreateSystemKeyAsync("other")).Span).ShouldNotBe(found[0]);
    }

    [Fact]
    public async Task A_row_moved_to_another_user_is_refused()
    {
        using (var keys = _folder.Open())
        {
            await keys.GetOrCreateAsync(Ada);
            await keys.GetOrCreateAsync(Bob);
        }

        _folder.Query(
            """
            UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE user = $user);
            SELECT wrapped FROM subject_keys WHERE user = $user
            """,
            Bob);
        using var moved = _folder.Open();
        (await Should.ThrowAsync<PersonalDataException>(async () => await moved.FindAsync(Ada))).Code.ShouldBe("subject-key-damaged");
        (await Should.ThrowAsync<PersonalDataException>(async () => await moved.GetOrCreateAsync(Ada))).Code.ShouldBe("subject-key-damaged");
        (await moved.FindAsync(Bob)).State.ShouldBe(SubjectKeyState.Present);
    }

    [Fact]
    public async Task Another_master_key_is_refused_by_name()
    {
        using (var keys = _folder.Open())
            await keys.GetOrCreateAsync(Ada);

        var missing = Should.Throw<PersonalDataException>(() => SqliteKeys.Open(_folder.Path, KeysFolder.Ring(KeysFolder.NewMaster)));
        missing.Code.ShouldBe("master-key-missing");
        missing.Message.ShouldBe("The master key 'first' that wrapped keys in keys.db is missing: restore master.key, or give it by configuration.");

        var impostor = MasterKey.Parse("first:" + Convert.ToBase64String(new byte[32]));
        Should.Throw<PersonalDataException>(() => SqliteKeys.Open(_folder.Path, KeysFolder.Ring(impostor))).Code.ShouldBe("master-key-wrong");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder.Path, SqliteKeys.FileName), new string('x', 5000));

        Should.Throw<PersonalDataException>(() => _folder.Open()).Code.ShouldBe("keys-unavailable");
    }

    [SkippableFact]
    public void The_file_is_its_owners_only()
    {
        if (OperatingSystem.IsWindows())
            throw new SkipException("Windows has no such modes.");

        _folder.Open().Dispose();

        File.GetUnixFileMode(Path.Combine(_folder.Path, SqliteKeys.FileName)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => _folder.Dispose();
}
