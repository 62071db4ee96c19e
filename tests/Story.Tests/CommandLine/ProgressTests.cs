using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Story.Tests.CommandLine;

/// <summary>What long work says on standard error.</summary>
public sealed class ProgressTests
{
    private readonly StringWriter _error = new();
    private readonly HandClock _clock = new();

    [Fact]
    public void Short_work_says_nothing()
    {
        using (var progress = Progress(isTerminal: true))
        {
            _clock.Now += TimeSpan.FromSeconds(1.9);
            progress.Report(500, new(600));
        }

        _error.ToString().ShouldBeEmpty();
    }

    [Fact]
    public void On_a_terminal_one_line_is_written_over_and_taken_away()
    {
        using (var progress = Progress(isTerminal: true))
        {
            _clock.Now += TimeSpan.FromSeconds(4);
            progress.Report(1_000, new(300));
            progress.Report(1_001, new(300));
        }

        const string said = "1,000 events · 250/s · 20 % · 16 s left";
        _error.ToString().ShouldBe($"\r{said}\r{new string(' ', said.Length)}\r");
    }

    [Fact]
    public void Elsewhere_there_is_a_line_every_ten_seconds()
    {
        using (var progress = Progress(isTerminal: false))
        {
            for (var second = 1; second <= 21; second++)
            {
                _clock.Now += TimeSpan.FromSeconds(1);
                progress.Report(second * 10, new(100 + (second * 10)));
            }
        }

        _error.ToString().ReplaceLineEndings("\n").ShouldBe("100 events · 10/s · 10 % · 1 min 30 s left\n200 events · 10/s · 20 % · 1 min 20 s left\n");
    }

    private LogProgress Progress(bool isTerminal) => new(new(_error, isTerminal, "events", _clock), new LogPosition(100), new LogPosition(1_100));

    private sealed class HandClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
