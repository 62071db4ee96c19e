using Cqrs.EventStore.Serialization;

namespace Cqrs.Rules.Tests.Serialization;

public sealed class EventTypesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("counted")]
    [InlineData("counted.v")]
    [InlineData("counted.vx")]
    [InlineData("Counted.v1")]
    [InlineData("counted it.v1")]
    [InlineData("1.v1")]
    [InlineData("a\0b.v1")]
    public void Names_have_a_form(string name) => Should.Throw<ArgumentException>(() => EventTypes.Define().Add<Counted>(name));

    [Fact]
    public void Nothing_is_registered_twice()
    {
        var types = EventTypes.Define().Add<Counted>("counted.v2").Upcast("counted.v1", json => json, to: "counted.v2");

        Should.Throw<ArgumentException>(() => types.Add<Counted>("counted.v3"));
        Should.Throw<ArgumentException>(() => types.Add<UserNamed>("counted.v2"));
        Should.Throw<ArgumentException>(() => types.Add<UserNamed>("counted.v1"));
        Should.Throw<ArgumentException>(() => types.Upcast("counted.v1", json => json, to: "counted.v2"));
        Should.Throw<ArgumentException>(() => types.Upcast("counted.v2", json => json, to: "counted.v2"));
    }

    [Fact]
    public void Upcasters_lead_to_an_event()
    {
        Should.Throw<ArgumentException>(() => EventTypes.Define().Upcast("a.v1", json => json, to: "a.v2").Build())
            .Message.ShouldStartWith("'a.v1' is upcast to 'a.v2', which is no event.");
        Should.Throw<ArgumentException>(() => EventTypes.Define()
            .Upcast("a.v1", json => json, to: "a.v2").Upcast("a.v2", json => json, to: "a.v1").Build())
            .Message.ShouldStartWith("The upcasters of 'a.v1' lead in a circle.");
    }

    [Fact]
    public void A_context_that_lacks_an_event_is_refused_at_once() =>
        Should.Throw<NotSupportedException>(() => EventTypes.Define(TestEventsContext.Default).Add<Listed>("listed.v1").Build());

    [Fact]
    public void Names_are_known()
    {
        var types = EventTypes.Define().Add<UserNamed>("user-named.v1").Add<Counted>("counted.v2").Build();

        types.Names.ShouldBe(["counted.v2", "user-named.v1"]);
        types.NameOf(typeof(Counted)).ShouldBe("counted.v2");
        Should.Throw<ArgumentException>(() => types.NameOf(typeof(Listed)));
    }
}
