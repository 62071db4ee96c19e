using Cqrs.EventStore.PersonalData;

namespace Cqrs.Rules.Tests.PersonalData;

public sealed class MasterKeyTests : IDisposable
{
    private const string Zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    private readonly KeysFolder _folder = new();

    [Theory]
    [InlineData("no colon", "master-key-malformed", "A master key is written id:base64, the id being letters, digits, hyphens and dots.")]
    [InlineData(":" + Zeros, "master-key-malformed", "A master key is written id:base64, the id being letters, digits, hyphens and dots.")]
    [InlineData("a b:" + Zeros, "master-key-malformed", "A master key is written id:base64, the id being letters, digits, hyphens and dots.")]
    [InlineData("main:***secret***", "master-key-not-base64", "Master key 'main' is not base64.")]
    [InlineData("main:AAAA", "master-key-length", "Master key 'main' has 3 bytes, it must have 32.")]
    [InlineData("main:" + Zeros + ",main:" + Zeros, "master-key-twice", "Master key 'main' is given twice.")]
    [InlineData("", "master-key-malformed", "No master key is given.")]
    public void What_is_no_key_is_refused_with_a_code(string text, string code, string message)
    {
        var refused = Should.Throw<PersonalDataException>(() => MasterKeys.Parse(text));

        (refused.Code, refused.Message).ShouldBe((code, message));
    }

    [Fact]
    public void The_first_wraps_and_all_unwrap()
    {
        var keys = MasterKeys.Parse($"new.2:{Zeros}, old-1:{Zeros}");

        keys.Current.Id.ShouldBe("new.2");
        keys.All.Select(key => key.Id).ShouldBe(["new.2", "old-1"]);
        keys.Source.ShouldBe(MasterKeySource.Configuration);
        keys.Current.Reveal().ShouldBe($"new.2:{Zeros}");
        $"{keys.Current}".ShouldBe("master key new.2");
    }

    [Fact]
    public void The_file_is_made_at_the_first_start_and_read_ever_after()
    {
        var first = MasterKeyFile.LoadOrCreate(_folder.Path);
        var second = MasterKeyFile.LoadOrCreate(_folder.Path);

        (first.Source, second.Source).ShouldBe((MasterKeySource.NewFile, MasterKeySource.File));
        second.Current.Reveal().ShouldBe(first.Current.Reveal());
        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).ShouldBe(["master.key"]);
    }

    [SkippableFact]
    public void The_file_is_its_owners_only()
    {
        if (OperatingSystem.IsWindows())
            throw new SkipException("Windows has no such modes.");

        var keys = MasterKeyFile.LoadOrCreate(_folder.Path);
        var path = Path.Combine(_folder.Path, MasterKeyFile.FileName);

        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        MasterKeyFile.Replace(_folder.Path, keys.WrappingWith(KeysFolder.NewMaster));
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Those_who_start_at_once_agree()
    {
        for (var round = 0; round < 20; round++)
        {
            using var folder = new KeysFolder();
            using var gate = new Barrier(8);

            var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    gate.SignalAndWait();
                    return MasterKeyFile.LoadOrCreate(folder.Path);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            found.Select(keys => keys.Current.Reveal()).Distinct().Count().ShouldBe(1);
            found.Count(keys => keys.Source == MasterKeySource.NewFile).ShouldBe(1);
            Directory.GetFiles(folder.Path).Length.ShouldBe(1);
        }
    }

    [Fact]
    public void A_lost_file_is_not_replaced_while_there_are_keys()
    {
        SqliteKeys.Open(_folder.Path, MasterKeyFile.LoadOrCreate(_folder.Path)).Dispose();
        File.Delete(Path.Combine(_folder.Path, MasterKeyFile.FileName));

        var refused = Should.Throw<PersonalDataException>(() => MasterKeyFile.LoadOrCreate(_folder.Path));

        (refused.Code, refused.Message).ShouldBe(
            ("master-key-missing", "The master key that wrapped keys.db is missing: restore master.key."));
        File.Exists(Path.Combine(_folder.Path, MasterKeyFile.FileName)).ShouldBeFalse();
    }

    [Fact]
    public void Replacing_keeps_the_old_keys_for_unwrapping()
    {
        var old = MasterKeyFile.LoadOrCreate(_folder.Path);
        MasterKeyFile.Replace(_folder.Path, old.WrappingWith(KeysFolder.NewMaster));

        MasterKeyFile.LoadOrCreate(_folder.Path).All.Select(key => key.Id).ShouldBe(["second", old.Current.Id]);
    }

    public void Dispose() => _folder.Dispose();
}
