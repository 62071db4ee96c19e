using Cqrs.Domain.Decisions;
using Cqrs.Domain.Users;
using Cqrs.EventStore.Serialization;

namespace Cqrs.Survival.Tests.Projections;

/// <summary>Projections that fail on their way, and events that cannot be applied.</summary>
public sealed class FailingProjectionTests : IAsyncLifetime
{
    private const int Events = 200;

    private readonly ProjectionFixture _fixture = new();

    public Task InitializeAsync() => _fixture.AppendAsync(Events);

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task What_fails_for_want_of_a_resource_is_tried_again_and_each_event_is_applied_once()
    {
        var model = new CountingModel("counting");
        foreach (var position in (long[])[1, 57, 58, 199]) model.FailAt(position, () => new IOException("The disk is away."));

        await using var running = new Running(_fixture.Open(model), _fixture.Log, _fixture.Codec());
        await running.ReachedAsync(new(Events));

        _fixture.Applied(model).ShouldBe(Enumerable.Range(1, Events).Select(position => (long)position));
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_stops_the_projection_right_there_until_it_is_resumed()
    {
        var model = new CountingModel("counting");
        var untouched = new CountingModel("untouched");

        // Once in the batch, and once more when the events are taken one by one.
        model.FailAt(120, () =>
        {
            model.FailAt(120, () => new InvalidOperationException("Again."));
            return new InvalidOperationException("This event makes no sense.");
        });
        await using var other = new Running(_fixture.Open(untouched), _fixture.Log, _fixture.Codec());
        await using var running = new Running(_fixture.Open(model), _fixture.Log, _fixture.Codec());
        await running.StoppedAsync();

        running.Runner.Status.Failure.ShouldNotBeNull().Position.ShouldBe(new(120));
        _fixture.Applied(model).ShouldBe(Enumerable.Range(1, 119).Select(position => (long)position));
        await other.ReachedAsync(new(Events));

        running.Runner.Resume();
        await running.ReachedAsync(new(Events));

        _fixture.Applied(model).ShouldBe(Enumerable.Range(1, Events).Select(position => (long)position));
        _fixture.Applied(untouched).ShouldBe(Enumerable.Range(1, Events).Select(position => (long)position));
    }

    [Fact]
    public async Task An_unknown_event_stops_the_projection_until_a_version_comes_that_knows_it()
    {
        var unknown = await _fixture.AppendAsync("tea-served.v1", """{"cups":2,"at":"2026-01-01T00:00:00.000Z"}""");
        await _fixture.AppendAsync(3);
        var model = new CountingModel("counting");
        for (var start = 0; start < 2; start++)
        {
            // A restart alone mends nothing and skips nothing.
            await using var running = new Running(_fixture.Open(model), _fixture.Log, _fixture.Codec());
            await running.StoppedAsync();
            running.Runner.Status.Failure.ShouldNotBeNull().Position.ShouldBe(unknown);
            _fixture.Applied(model).Count.ShouldBe(Events);
        }

        var types = EventTypes.Define().Add<TokensRevoked>("tokens-revoked.v1").Add<TeaServed>("tea-served.v1").Build();
        await using var mended = new Running(_fixture.Open(model), _fixture.Log, _fixture.Codec(types));
        await mended.ReachedAsync(new(Events + 4));

        _fixture.Applied(model).ShouldBe(Enumerable.Range(1, Events + 4).Select(position => (long)position));
        mended.Runner.Status.Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Two_who_project_into_one_model_apply_each_event_once()
    {
        var model = new CountingModel("counting");
        await using var one = new Running(_fixture.Open(model), _fixture.Log, _fixture.Codec());
        await using var two = new Running(_fixture.Open(model), _fixture.Log, _fixture.Codec());
        for (var i = 0; i < 50; i++) await _fixture.AppendAsync(2);

        await one.ReachedAsync(new(Events + 100));
        await two.ReachedAsync(new(Events + 100));

        _fixture.Applied(model).ShouldBe(Enumerable.Range(1, Events + 100).Select(position => (long)position));
    }

    private sealed record TeaServed(int Cups, DateTimeOffset At) : IDomainEvent;
}
