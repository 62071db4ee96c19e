using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.Log;
using Cqrs.EventStore.PersonalData;
using Cqrs.EventStore.Serialization;
using Cqrs.Rules.Tests.PersonalData;

namespace Cqrs.Rules.Tests.Serialization;

public sealed class EventCodecTests
{
    private const string Stream = "user-aaaaaaaa-0000-4000-8000-000000000001";

    private static readonly UserId Ada = new(Guid.Parse("aaaaaaaa-0000-4000-8000-000000000001"));
    private static readonly UserId Bob = new(Guid.Parse("bbbbbbbb-0000-4000-8000-000000000002"));
    private static readonly DateTimeOffset At = new(2026, 11, 23, 9, 0, 0, 1, TimeSpan.FromHours(1));

    private static readonly EventMetadata Metadata = new(
        new(Guid.Parse("cccccccc-0000-4000-8000-000000000003")), Guid.Parse("dddddddd-0000-4000-8000-000000000004"),
        Guid.Parse("eeeeeeee-0000-4000-8000-000000000005"), Ada, At, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

    private static readonly UserNamed Named = new(
        Ada, new(Ada, "Ada"), new(Ada, "Lovelace 🙂"), new ConnectionId(Guid.Parse("ffffffff-0000-4000-8000-000000000006")),
        Channel.Push, At, Home: new("GB", new(Bob, "Ockham Park")));

    private static readonly EventTypes Types = EventTypes.Define()
        .Add<UserNamed>("user-named.v2").Add<Counted>("counted.v1")
        .Upcast("user-named.v0", json => { json["lastName"] = json["familyName"]!.DeepClone(); json.Remove("familyName"); return json; }, to: "user-named.v1")
        .Upcast("user-named.v1", json => { json["firstName"] = json["givenName"]!.DeepClone(); json.Remove("givenName"); return json; }, to: "user-named.v2")
        .Build();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task What_is_written_is_read(bool late, bool generated)
    {
        var types = generated
            ? EventTypes.Define(TestEventsContext.Default).Add<UserNamed>("user-named.v2").Add<Counted>("counted.v1").Build()
            : Types;
        var codec = new EventCodec(types, new SlowKeys(late));

        var stored = await codec.EncodeAsync(Stream, [Named, new Counted(7)], Metadata);
        var read = await codec.DecodeAsync([.. stored.Select((one, i) => Recorded(one, i))]);

        read[0].Event.ShouldBe(Named with { At = At.ToUniversalTime() });
        read[1].Event.ShouldBe(new Counted(7));
        read[1].Metadata.ShouldBe(Metadata);
        (await codec.DecodeAsync(Recorded(stored[0]))).ShouldBe(read[0] with { Recorded = Recorded(stored[0]) });
        stored.Select(one => one.Id).ShouldBe([Metadata.CommandId.EventId(Stream, 0), Metadata.CommandId.EventId(Stream, 1)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_stored_json_is_approved(bool generated)
    {
        var types = generated ? EventTypes.Define(TestEventsContext.Default).Add<UserNamed>("user-named.v2").Build() : Types;
        var codec = new EventCodec(types, new SlowKeys(late: false), new CountingNonces());

        var erased = Named with { FirstName = Personal.Erased(Ada), Home = null, Connection = null };
        var stored = await codec.EncodeAsync(Stream, [Named, erased], Metadata);

        string.Join("\n", stored.SelectMany(one => new[] { one.Type, Text(one.Data), Text(one.Metadata) }))
            .ShouldMatchApproved(options => options.WithFilenameGenerator(
                (_, _, kind, extension) => $"EventCodecTests.stored.{kind}.{extension}"));
    }

    [Fact]
    public async Task Nothing_personal_is_in_the_stored_bytes()
    {
        var codec = new EventCodec(Types, new SlowKeys(late: false));

        var stored = Text((await codec.EncodeAsync(Stream, [Named], Metadata))[0].Data);

        foreach (var word in new[] { "Ada", "Lovelace", "Ockham", "QWRh" })
            stored.ShouldNotContain(word, Case.Sensitive);
        stored.ShouldContain("GB");
    }

    [Fact]
    public async Task The_forgotten_are_erased_in_old_events_for_every_reader()
    {
        using var folder = new KeysFolder();
        EventToAppend stored;
        using (var keys = folder.Open())
        {
            var clock = new HandClock();
            using var otherKeys = folder.Open(new() { Time = clock });
            var (codec, other) = (new EventCodec(Types, keys), new EventCodec(Types, otherKeys));
            stored = (await codec.EncodeAsync(Stream, [Named], Metadata))[0];
            (await other.DecodeAsync(Recorded(stored))).Event.ShouldBe(Named with { At = At.ToUniversalTime() });

            await keys.DeleteAsync(Ada);
            clock.Advance(100);

            ShouldBeErased(await codec.DecodeAsync(Recorded(stored)));
            ShouldBeErased(await other.DecodeAsync(Recorded(stored)));
            await Should.ThrowAsync<SubjectForgottenException>(async () => await codec.EncodeAsync(Stream, [Named], Metadata));
        }

        using var reopened = folder.Open();
        ShouldBeErased(await new EventCodec(Types, reopened).DecodeAsync(Recorded(stored)));

        static void ShouldBeErased(DecodedEvent read) => read.Event.ShouldBe(Named with
        {
            At = At.ToUniversalTime(),
            FirstName = Personal.Erased(Ada),
            LastName = Personal.Erased(Ada),
        });
    }

    [Fact]
    public async Task Who_wants_the_facts_alone_asks_for_no_key()
    {
        var keys = new SlowKeys(late: true);
        var codec = new EventCodec(Types, keys);
        var stored = (await codec.EncodeAsync(Stream, [Named], Metadata))[0];
        var asked = keys.Asked;

        codec.DecodeErased(Recorded(stored)).ShouldBe(Named with
        {
            At = At.ToUniversalTime(),
            FirstName = Personal.Erased(Ada),
            LastName = Personal.Erased(Ada),
            Home = new("GB", Personal.Erased(Bob)),
        });
        keys.Asked.ShouldBe(asked);
    }

    [Fact]
    public async Task A_sealed_value_opens_only_where_it_was_sealed()
    {
        var codec = new EventCodec(
            EventTypes.Define().Add<UserNamed>("user-named.v2").Upcast("user-named.v1", json => json, to: "user-named.v2").Build(),
            new SlowKeys(late: false));
        var stored = (await codec.EncodeAsync(Stream, [Named], Metadata))[0];
        var recorded = Recorded(stored);

        await TamperedAsync(recorded with { Stream = "user-bbbbbbbb-0000-4000-8000-000000000002" });
        await TamperedAsync(recorded with { Type = "user-named.v1" });
        await TamperedAsync(recorded with { Data = Bytes(Swapped(Text(recorded.Data))) });
        await TamperedAsync(recorded with { Data = Bytes(Text(recorded.Data).Replace(Ada.ToString(), Bob.ToString())) });
        (await codec.DecodeAsync(recorded)).Event.ShouldBe(Named with { At = At.ToUniversalTime() });

        async Task TamperedAsync(RecordedEvent moved) =>
            (await Should.ThrowAsync<PersonalDataException>(async () => await codec.DecodeAsync(moved))).Code.ShouldBe("personal-data-tampered");

        static string Swapped(string json) => json.Replace("firstName", "x").Replace("lastName", "firstName").Replace("\"x\"", "\"lastName\"");
    }

    [Theory]
    [InlineData("user-named.v2")]
    [InlineData("user-named.v1")]
    public async Task What_is_stored_has_no_say_in_where_it_was_sealed(string type)
    {
        var keys = new SlowKeys(late: false);
        var stored = (await new EventCodec(EventTypes.Define().Add<UserNamed>(type).Build(), keys).EncodeAsync(Stream, [Named], Metadata))[0];
        var codec = new EventCodec(
            EventTypes.Define().Add<UserNamed>("user-named.v2").Upcast("user-named.v1", json => json, to: "user-named.v2").Build(), keys);
        (await codec.DecodeAsync(Recorded(stored))).Event.ShouldBe(Named with { At = At.ToUniversalTime() });

        // Exchanged, each with a note that says where it comes from.
        var json = JsonNode.Parse(stored.Data.Span)!.AsObject();
        var (first, last) = (json["firstName"]!.DeepClone(), json["lastName"]!.DeepClone());
        (first["$field"], last["$field"]) = ("firstName", "lastName");
        (json["firstName"], json["lastName"]) = (last, first);
        var exchanged = Recorded(stored with { Data = Bytes(json.ToJsonString()) });

        (await Should.ThrowAsync<PersonalDataException>(async () => await codec.DecodeAsync(exchanged))).Code.ShouldBe("personal-data-tampered");
    }

    [Theory]
    [InlineData("""{"subject":"aaaaaaaa-0000-4000-8000-000000000001","sealed":"???"}""", "personal-data-malformed")]
    [InlineData("""{"subject":"aaaaaaaa-0000-4000-8000-000000000001","sealed":"AAAA"}""", "personal-data-malformed")]
    [InlineData("""{"subject":"aaaaaaaa-0000-4000-8000-000000000001","sealed":7}""", "personal-data-malformed")]
    [InlineData("""{"subject":"ada","sealed":"AAAA"}""", "personal-data-malformed")]
    [InlineData("""{"subject":"aaaaaaaa-0000-4000-8000-000000000001"}""", "personal-data-malformed")]
    [InlineData("\"Ada\"", "personal-data-malformed")]
    [InlineData("""{"subject":"99999999-0000-4000-8000-000000000001","sealed":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""", "subject-key-missing")]
    public async Task What_is_no_sealed_value_is_refused_with_a_code(string value, string code)
    {
        var keys = new SlowKeys(late: false);
        await keys.GetOrCreateAsync(Ada);
        var codec = new EventCodec(Types, keys);
        var recorded = Recorded(new(Guid.Empty, "user-named.v2", Bytes($$"""{"firstName":{{value}}}"""), default));

        (await Should.ThrowAsync<PersonalDataException>(async () => await codec.DecodeAsync(recorded))).Code.ShouldBe(code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upcast_events_open_even_when_fields_were_renamed(bool late)
    {
        var keys = new SlowKeys(late);
        var old = EventTypes.Define().Add<OldNamed>("user-named.v0").Build();
        var stored = (await new EventCodec(old, keys).EncodeAsync(Stream, [new OldNamed(Ada, new(Ada, "Ada"), new(Ada, "Byron"))], Metadata))[0];

        var read = await new EventCodec(Types, keys).DecodeAsync(Recorded(stored));

        read.Event.ShouldBe(new UserNamed(Ada, new(Ada, "Ada"), new(Ada, "Byron")));
    }

    public sealed record OldNamed(UserId User, Personal GivenName, Personal FamilyName);

    [Fact]
    public async Task A_page_asks_for_each_users_key_once()
    {
        foreach (var late in new[] { false, true })
        {
            var keys = new SlowKeys(late);
            var codec = new EventCodec(Types, keys);
            var page = new List<RecordedEvent>();
            for (var i = 0; i < 50; i++)
                page.Add(Recorded(await codec.EncodeAsync(Stream, new Guid(i + 1, 0, 0, new byte[8]), Named, Metadata), i));

            var before = keys.Asked;
            var read = await codec.DecodeAsync(page);

            (keys.Asked - before).ShouldBe(2);
            read.ShouldAllBe(one => ((UserNamed)one.Event).LastName.Text == "Lovelace 🙂");
            read.Select(one => one.Recorded).ShouldBe(page);
        }
    }

    [Fact]
    public async Task With_keys_at_hand_it_answers_at_once()
    {
        using var folder = new KeysFolder();
        using var keys = folder.Open();
        var codec = new EventCodec(Types, keys);
        var first = codec.EncodeAsync(Stream, Guid.Empty, Named, Metadata);
        var recorded = Recorded(await first);

        codec.EncodeAsync(Stream, Guid.Empty, Named, Metadata).IsCompletedSuccessfully.ShouldBeTrue();
        codec.DecodeAsync(recorded).IsCompletedSuccessfully.ShouldBeTrue();
        codec.DecodeAsync([recorded, recorded]).IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Fields_that_are_not_known_are_passed_over()
    {
        var codec = new EventCodec(Types, new SlowKeys(late: false));
        var recorded = Recorded(new(
            Guid.Empty, "counted.v1", Bytes("""{"later":{"a":[1]},"count":3}"""),
            Bytes("""{"later":{"at":[1]},"actor":"system","$correlationId":"dddddddd-0000-4000-8000-000000000004"}""")));

        var read = await codec.DecodeAsync(recorded);

        read.Event.ShouldBe(new Counted(3));
        read.Metadata.ShouldBe(new EventMetadata(default, Metadata.CorrelationId, default, Actor: null, default));
    }

    [Theory]
    [InlineData("counted.v9", "{}", "{}", "unknown-event-type")]
    [InlineData("counted.v1", "[]", "{}", "event-unreadable")]
    [InlineData("counted.v1", "null", "{}", "event-unreadable")]
    [InlineData("counted.v1", "{\"count\":", "{}", "event-unreadable")]
    [InlineData("counted.v1", "{\"count\":\"x\"}", "{}", "event-unreadable")]
    [InlineData("user-named.v2", "{\"user\":\"x\"}", "{}", "event-unreadable")]
    [InlineData("user-named.v2", "{\"via\":1}", "{}", "event-unreadable")]
    [InlineData("user-named.v0", "[]", "{}", "event-unreadable")]
    [InlineData("counted.v1", "{}", "{\"commandId\":7}", "event-unreadable")]
    [InlineData("counted.v1", "{}", "{\"commandId\":\"x\"}", "event-unreadable")]
    [InlineData("counted.v1", "{}", "[", "event-unreadable")]
    public async Task What_cannot_be_read_is_refused_with_a_code(string type, string data, string metadata, string code)
    {
        var codec = new EventCodec(Types, new SlowKeys(late: false));

        var refused = await Should.ThrowAsync<EventFormatException>(
            async () => await codec.DecodeAsync(Recorded(new(Guid.Empty, type, Bytes(data), Bytes(metadata)))));

        refused.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("counted.v1", "{}", "required field 'count' is missing")]
    [InlineData("counted.v1", "{\"count\":null}", "field 'count' is missing or has no valid value")]
    [InlineData("counted.v1", "7", "not a JSON object")]
    [InlineData("counted.v1", "{", "not valid JSON")]
    [InlineData("user-named.v2", "{\"x\":1}", "required field 'user', 'firstName', 'lastName' is missing")]
    [InlineData("user-named.v2", "{\"user\":\"00000000-0000-0000-0000-000000000000\"}", "required field 'firstName', 'lastName' is missing")]
    [InlineData("user-named.v2", "{\"firstName\":null,\"lastName\":null,\"user\":\"aaaaaaaa-0000-4000-8000-000000000001\"}", "field 'firstName' is missing or has no valid value")]
    [InlineData("user-named.v0", "{}", "do not have the form of this type")]
    public async Task A_missing_or_malformed_field_is_named_with_position_and_stream(string type, string data, string reason)
    {
        var codec = new EventCodec(Types, new SlowKeys(late: false));

        var recorded = Recorded(new(Guid.Empty, type, Bytes(data), default));

        Refused(await Should.ThrowAsync<EventFormatException>(async () => await codec.DecodeAsync(recorded)));
        Refused(Should.Throw<EventFormatException>(() => codec.DecodeErased(recorded)));
        Refused(await Should.ThrowAsync<EventFormatException>(async () => await codec.DecodeCarriedAsync([recorded], new Carrying(new HashSet<string>(), Checks: false))));

        void Refused(EventFormatException refused)
        {
            refused.Code.ShouldBe(EventFormatException.Unreadable);
            refused.Message.ShouldContain($"Event 1 of the log, '{type}', version 0 of stream '{Stream}'");
            refused.Message.ShouldContain(reason);
        }
    }

    [Fact]
    public void Every_event_of_the_domain_without_its_fields_is_refused()
    {
        var codec = new EventCodec(DomainEvents.All, new SlowKeys(late: false));
        foreach (var type in DomainEvents.All.Names)
        {
            var recorded = Recorded(new(Guid.Empty, type, Bytes("""{"x":1}"""), default));
            Should.Throw<EventFormatException>(() => codec.DecodeErased(recorded)).Message.ShouldContain("required field");
        }
    }

    [Fact]
    public async Task An_id_of_zeros_is_refused()
    {
        var codec = new EventCodec(DomainEvents.All, new SlowKeys(late: false));
        var recorded = Recorded(new(Guid.Empty, "user-forgotten.v1", Bytes("""{"user":"00000000-0000-0000-0000-000000000000","at":"2026-11-23T08:00:00.000Z"}"""), default));

        (await Should.ThrowAsync<EventFormatException>(async () => await codec.DecodeAsync(recorded))).Message.ShouldContain("field 'user'");
    }

    [Fact]
    public async Task Personal_data_without_a_field_of_their_own_are_never_written()
    {
        var codec = new EventCodec(EventTypes.Define().Add<Listed>("listed.v1").Build(), new SlowKeys(late: false));

        await Should.ThrowAsync<NotSupportedException>(async () => await codec.EncodeAsync(Stream, [new Listed([new(Ada, "Ada")])], Metadata));
        Should.Throw<NotSupportedException>(() => JsonSerializer.Serialize(Named, EventTypes.Options(new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(), [])));
    }

    private static RecordedEvent Recorded(EventToAppend one, int version = 0) =>
        new(new(version + 1), Stream, version, one.Id, one.Type, At, one.Data, one.Metadata, IsJson: true);

    private static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);
}
