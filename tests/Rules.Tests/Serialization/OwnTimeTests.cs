using System.Text;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Serialization;

public sealed class OwnTimeTests
{
    [Theory]
    [InlineData("""{"at":"2025-02-03T04:05:06.789Z"}""", "2025-02-03T04:05:06.789Z")]
    [InlineData("""{"commandId":"x","a":{"at":"2020-01-01T00:00:00Z"},"at":"2025-02-03T06:05:06.789+02:00"}""", "2025-02-03T04:05:06.789Z")]
    [InlineData("""{"\u0061t":1,"at":"2025-02-03T04:05:06Z"}""", "2025-02-03T04:05:06Z")]
    public void The_time_at_the_top_of_the_metadata_is_the_events_own(string metadata, string time)
    {
        var own = OwnTime.Of(Encoding.UTF8.GetBytes(metadata));

        own.ShouldBe(DateTimeOffset.Parse(time));
        own!.Value.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("not JSON \"at\"")]
    [InlineData("""["at"]""")]
    [InlineData("""{"at":""")]
    [InlineData("""{"at":1700000000}""")]
    [InlineData("""{"at":"yesterday"}""")]
    [InlineData("""{"at":{"at":"2025-02-03T04:05:06Z"}}""")]
    [InlineData("""{"b":"\"at\":\"2025-02-03T04:05:06Z\""}""")]
    [InlineData("""{"at":"0001-01-01T00:00:00Z"}""")]
    public void Metadata_without_such_a_time_have_none(string metadata) => OwnTime.Of(Encoding.UTF8.GetBytes(metadata)).ShouldBeNull();
}
