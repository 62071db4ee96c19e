using Cqrs.Contracts.Tests.Log;
using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.EventStoreDb.Wire;
using Cqrs.EventStore.Log;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Cqrs.Contracts.Tests.Gateway.Requests;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Appends that no official client sends, and parts of answers that it does not show.</summary>
public sealed class GatewayAppendingTests(Face face) : IClassFixture<Face>
{
    [Fact]
    public async Task A_conflict_is_answered_in_the_forms_of_old_and_new_clients()
    {
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Events(3));
        var options = AppendTo(stream);
        options.Options.NoStream = new();
        var answer = (await AppendAsync(options, Proposed())).WrongExpectedVersion;
        answer.CurrentRevision.ShouldBe(2UL);
        answer.CurrentRevision2060.ShouldBe(2UL);
        answer.ExpectedNoStream.ShouldNotBeNull();
        answer.ExpectedRevision2060.ShouldBe(ulong.MaxValue);
        options.Options.Revision = 7;
        (await AppendAsync(options, Proposed())).WrongExpectedVersion.ExpectedRevision2060.ShouldBe(7UL);
    }

    [Fact]
    public async Task The_largest_revision_is_no_stream()
    {
        var options = AppendTo(LogFixture.NewStream());
        options.Options.Revision = ulong.MaxValue;
        (await AppendAsync(options, Proposed())).Success.CurrentRevision.ShouldBe(0UL);
        (await AppendAsync(options, Proposed())).WrongExpectedVersion.ExpectedNoStream.ShouldNotBeNull();
    }

    [Fact]
    public async Task Ids_in_another_order_are_a_repetition_for_any_and_for_stream_exists()
    {
        var stream = LogFixture.NewStream();
        var (first, second) = (Proposed(id: Guid.NewGuid()), Proposed(id: Guid.NewGuid()));
        await AppendAsync(AppendTo(stream), first, second);
        var position = (ulong)(await face.Log.ReadStreamAsync(stream, 0, 1)).Events[0].Position.Value;
        var exists = AppendTo(stream);
        exists.Options.StreamExists = new();
        foreach (var options in (AppendReq[])[AppendTo(stream), exists])
        {
            var answer = (await AppendAsync(options, second, first)).Success;
            (answer.CurrentRevision, answer.Position.CommitPosition).ShouldBe((0UL, position), "the answer is about the last event of the request");
        }

        var none = AppendTo(stream);
        none.Options.NoStream = new();
        (await AppendAsync(none, second, first)).WrongExpectedVersion.CurrentRevision.ShouldBe(1UL);
    }

    [Fact]
    public async Task An_append_without_events_answers_the_position_of_the_end_of_the_log()
    {
        var stream = LogFixture.NewStream();
        await face.Log.AppendAsync(stream, LogFixture.Events(2));
        var head = (ulong)(await face.Log.AppendAsync(LogFixture.NewStream(), LogFixture.Event())).Position.Value;
        var unary = (await AppendAsync(AppendTo(stream))).Success;
        (unary.CurrentRevision, unary.Position.CommitPosition, unary.Position.PreparePosition).ShouldBe((1UL, head, head));
        var batch = (await BatchAsync(Batch(stream, 0)))[0].Success;
        (batch.CurrentRevision, batch.Position.CommitPosition).ShouldBe((1UL, head));
        var missing = (await AppendAsync(AppendTo(LogFixture.NewStream()))).Success;
        (missing.CurrentRevisionOptionCase, missing.Position.CommitPosition)
            .ShouldBe((AppendResp.Types.Success.CurrentRevisionOptionOneofCase.NoStream, head));
    }

    [Theory]
    [InlineData(Conversions.Type)]
    [InlineData(Conversions.ContentType)]
    public async Task A_missing_property_of_an_event_is_named(string property)
    {
        var proposed = Proposed();
        proposed.ProposedMessage.Metadata.Remove(property);
        var answer = (await CallAsync(AppendTo(LogFixture.NewStream()), proposed)).ShouldBe(StatusCode.InvalidArgument);
        answer.Message.ShouldContain($"'{property}'");
        answer.Header("exception").ShouldBe("missing-required-metadata-property");
        answer.Header("required-metadata-properties").ShouldBe("type,content-type");
    }

    [Fact]
    public async Task Every_malformed_append_is_refused_and_changes_nothing()
    {
        var before = await face.Log.HeadAsync();
        var stream = LogFixture.NewStream();
        var (noExpectation, empty) = (AppendTo(stream), new AppendReq());
        noExpectation.Options.ClearExpectedStreamRevision();
        var impossible = AppendTo(stream);
        impossible.Options.Revision = 1UL << 63;
        AppendReq[][] calls =
        [
            [],
            [Proposed()],
            [AppendTo(stream), AppendTo(stream), Proposed()],
            [AppendTo(stream), empty],
            [noExpectation, Proposed()],
            [impossible, Proposed()],
            [AppendTo("$all"), Proposed()],
            [AppendTo("$$"), Proposed()],
            [AppendTo(""), Proposed()],
            [AppendTo(new string('x', 2_000)), Proposed()],
            [AppendTo(stream), Proposed(id: Guid.Empty)],
            [AppendTo(stream), Proposed(type: "")],
            [AppendTo(stream), .. Enumerable.Range(0, AppendLimits.Events + 1).Select(_ => Proposed())],
        ];
        foreach (var (i, call) in calls.Index())
        {
            var answer = await CallAsync(call);
            answer.Status.ShouldBe(StatusCode.InvalidArgument, $"call {i}: {answer.Message}");
            answer.Message.ShouldNotBeEmpty();
        }

        (await face.Log.HeadAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData(1, AppendLimits.Bytes + 1)]
    [InlineData(5, 1_000_000)]
    [InlineData(1, 8_000_000)]
    public async Task An_append_that_is_too_large_is_refused_with_the_allowed_size(int events, int bytes)
    {
        var answer = await CallAsync([AppendTo(LogFixture.NewStream()), .. Enumerable.Range(0, events).Select(_ => Proposed(bytes: bytes))]);
        answer.ShouldBe(StatusCode.InvalidArgument);
        answer.Header("exception").ShouldBe("maximum-append-size-exceeded");
        answer.Header("maximum-append-size").ShouldBe("4194304");
    }

    [Fact]
    public async Task A_malformed_append_of_a_batch_does_not_end_the_call()
    {
        var stream = LogFixture.NewStream();
        BatchAppendReq[] batches =
        [
            Batch("$all"),
            Batch(stream, change: batch => batch.Options.ClearExpectedStreamPosition()),
            Batch(stream, change: batch => batch.Options.StreamIdentifier = null),
            Batch(stream, change: batch => batch.ProposedMessages[0].Metadata.Clear()),
            Batch(stream, change: batch => batch.ProposedMessages[0].Id = null),
            Batch(stream, AppendLimits.Events + 1),
            Batch(stream, change: batch => batch.Options.Deadline = new() { Seconds = -1 }),
            Batch(stream, change: batch => batch.Options.Deadline = new() { Seconds = long.MinValue, Nanos = int.MaxValue }),
            Batch(stream, change: batch => batch.Options.Deadline21100 = new() { Seconds = 1 }),
            Batch(stream),
        ];
        var answers = await BatchAsync(batches);
        string[] expected = [.. Enumerable.Repeat(nameof(BadRequest), 6), .. Enumerable.Repeat("Timeout", 3), "0"];
        answers.OrderBy(answer => Array.FindIndex(batches, batch => batch.CorrelationId.Equals(answer.CorrelationId)))
            .Select(answer => answer.Error?.Message ?? answer.Success.CurrentRevision.ToString()).ShouldBe(expected);
    }

    [Fact]
    public async Task A_conflict_of_a_batch_has_its_details()
    {
        var stream = LogFixture.NewStream();
        var error = (await BatchAsync(Batch(stream, change: batch => batch.Options.StreamPosition = 4)))[0].Error;
        error.Code.ShouldBe((int)StatusCode.AlreadyExists);
        error.Details.TypeUrl.ShouldBe("type.googleapis.com/event_store.client.WrongExpectedVersion");
        var details = error.Details.Unpack<WrongExpectedVersion>();
        details.CurrentNoStream.ShouldNotBeNull();
        details.ExpectedStreamPosition.ShouldBe(4UL);
    }

    [Fact]
    public async Task Batches_in_pieces_may_be_mixed()
    {
        var (one, two) = (LogFixture.NewStream(), LogFixture.NewStream());
        var (a, b) = (Batch(one, change: batch => batch.IsFinal = false), Batch(two, change: batch => batch.IsFinal = false));
        BatchAppendReq Last(BatchAppendReq first) => Batch("unused", 2, batch => (batch.CorrelationId, batch.Options) = (first.CorrelationId, null));
        var answers = await BatchAsync(a, b, Last(b), Last(a));
        answers.Select(answer => answer.Success.CurrentRevision).ShouldBe([2UL, 2UL]);
        answers.Select(answer => answer.StreamIdentifier.StreamName.ToStringUtf8()).ShouldBe([one, two], ignoreOrder: true);
        (await face.Log.ReadStreamAsync(one, 0, 10)).Events.Count.ShouldBe(3);
    }

    [Fact]
    public async Task An_append_beyond_the_limit_of_open_appends_is_refused_and_the_others_go_on()
    {
        var begun = Enumerable.Range(0, 1_001).Select(_ => Batch(LogFixture.NewStream(), change: batch => batch.IsFinal = false)).ToArray();
        var last = Batch("unused", change: batch => (batch.CorrelationId, batch.Options) = (begun[0].CorrelationId, null));
        var answers = await BatchAsync([.. begun, last]);
        answers.Select(answer => answer.Error?.Message ?? answer.Success.CurrentRevision.ToString()).ShouldBe(["BadRequest", "1"]);
        answers[0].CorrelationId.ShouldBe(begun[^1].CorrelationId);
    }

    [Fact]
    public async Task An_append_of_a_batch_whose_end_does_not_come_times_out()
    {
        var begun = Batch(LogFixture.NewStream(), change: batch => (batch.IsFinal, batch.Options.Deadline) = (false, Duration.FromTimeSpan(TimeSpan.FromMilliseconds(50))));
        using var body = new OpenBody(Frames.Of(begun));
        using var listener = new Listener<BatchAppendResp>(await face.Client.OpenAsync(GrpcClient.BatchAppend, body), BatchAppendResp.Parser);
        (await listener.NextAsync()).Error.Message.ShouldBe("Timeout");
        body.End();
    }

    private Task<GrpcAnswer> CallAsync(params AppendReq[] messages) => face.Client.CallAsync(GrpcClient.Append, messages);

    private async Task<AppendResp> AppendAsync(params AppendReq[] messages) =>
        (await (await CallAsync(messages)).ShouldBe(StatusCode.OK).MessagesAsync(AppendResp.Parser)).Single();

    private async Task<List<BatchAppendResp>> BatchAsync(params BatchAppendReq[] batches) =>
        await (await face.Client.CallAsync(GrpcClient.BatchAppend, batches)).ShouldBe(StatusCode.OK).MessagesAsync(BatchAppendResp.Parser);
}
