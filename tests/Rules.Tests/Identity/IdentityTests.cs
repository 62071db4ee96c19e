using Cqrs.Domain.Identity;

namespace Cqrs.Rules.Tests.Identity;

/// <summary>
/// The expected values were computed apart from this code (SHA-256 over label, NUL, ids in network order; RFC 9562
/// version 8). Ids in the log depend on them: they never change.
/// </summary>
public sealed class IdentityTests
{
    private static readonly CommandId Command = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));

    [Fact]
    public void A_connection_has_the_id_that_it_always_had() =>
        ConnectionId.Between(Ann, Bob).ToString().ShouldBe("30c65275-3cc8-8e42-8728-58b06dd6706d");

    [Fact]
    public void An_event_has_the_id_that_it_always_had()
    {
        Command.EventId("user-é", 0).ShouldBe(Guid.Parse("e8b4eafc-121f-8deb-b57d-ebdf9ca13868"));
        Command.EventId("user-é", 1).ShouldBe(Guid.Parse("5de2b7bc-86cf-86c4-b6bd-c3d5a7edf34f"));
    }

    [Fact]
    public void A_derived_id_is_what_it_always_was() =>
        Command.Derive("attempt").ShouldBe(Guid.Parse("4d35ed17-20f4-8d07-9780-8c3e8ea40d66"));

    [Fact]
    public void Two_people_meet_in_one_connection_whoever_comes_first()
    {
        foreach (var (one, other) in Pairs()) ConnectionId.Between(one, other).ShouldBe(ConnectionId.Between(other, one));
    }

    [Fact]
    public void Other_people_have_other_connections()
    {
        var pairs = Pairs().ToList();
        pairs.Select(pair => ConnectionId.Between(pair.One, pair.Other)).Distinct().Count().ShouldBe(pairs.Count);
    }

    // The order of the two is part of the id's definition: that of their bytes in network order, on every machine.
    [Fact]
    public void Users_are_ordered_as_their_text_is()
    {
        var users = Users().ToList();
        users.Order().Select(user => user.ToString()).ShouldBe(users.Select(user => user.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_events_of_a_command_have_distinct_ids_and_the_same_each_time()
    {
        var ids =
            from command in new[] { Command, new CommandId(Guid.Empty) }
            from stream in new[] { "user-1", "user-2", "user-", "", new string('x', 500) }
            from index in new[] { 0, 1, 2, 255, 256, int.MaxValue }
            select (Id: command.EventId(stream, index), Again: command.EventId(stream, index));
        var list = ids.ToList();
        list.ShouldAllBe(pair => pair.Id == pair.Again);
        list.Select(pair => pair.Id).Distinct().Count().ShouldBe(list.Count);
    }

    [Fact]
    public void An_event_is_never_mistaken_for_a_derived_thing() => Command.Derive("user-1\0\0\0\0").ShouldNotBe(Command.EventId("user-1", 0));

    [Fact]
    public void Ids_are_uuids_of_version_8_and_the_usual_variant()
    {
        var ids = Pairs().Select(pair => ConnectionId.Between(pair.One, pair.Other).Value)
            .Concat(Enumerable.Range(0, 64).Select(index => Command.EventId("s", index)));
        foreach (var id in ids)
        {
            id.Version.ShouldBe(8);
            (id.Variant & 0xC).ShouldBe(0x8);
        }
    }

    [Fact]
    public void Personal_data_is_never_printed_by_accident()
    {
        new Personal(Ann, "Ann Lee").ToString().ShouldBe("personal");
        Personal.Erased(Ann).ToString().ShouldBe("erased");
        Personal.Erased(Ann).IsErased.ShouldBeTrue();
    }

    private static IEnumerable<UserId> Users() =>
        Enumerable.Range(0, 40).Select(index => new UserId(new CommandId(Guid.Empty).Derive($"user {index}")));

    private static IEnumerable<(UserId One, UserId Other)> Pairs()
    {
        var users = Users().ToList();
        return from one in Enumerable.Range(0, users.Count)
               from other in Enumerable.Range(one + 1, users.Count - one - 1)
               select (users[one], users[other]);
    }
}
