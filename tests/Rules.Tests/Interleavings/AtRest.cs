using System.Text.Json;
using System.Text.Json.Serialization;
using Cqrs.Commands.Execution;
using Cqrs.Domain.Connections;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Users;

namespace Cqrs.Rules.Tests.Interleavings;

/// <summary>What must be true when nobody acts any more and the process managers have seen all.</summary>
internal static class AtRest
{
    public static void ShouldBeRight(World world)
    {
        foreach (var (id, user) in world.Watch.Users) ShouldBeRight(world, id, user);
        foreach (var (_, phone) in world.Watch.Phones)
        {
            if (phone.Owner is { } owner && world.Watch.Users.GetValueOrDefault(owner)?.Status == UserStatus.Forgotten)
                world.Fail($"{world.People.NameOf(owner)} is forgotten and has a number.");
        }

        foreach (var (_, pair) in world.Watch.Connections) SidesShouldAgree(world, pair);
        ReplayedShouldBeAsLive(world);
    }

    private static void ShouldBeRight(World world, UserId id, User user)
    {
        var name = world.People.NameOf(id);
        var connections = world.Watch.ConnectionsOf(id).ToList();
        if (user.Status == UserStatus.Forgotten)
        {
            if (!user.Squares.IsEmpty) world.Fail($"{name} is forgotten and holds squares.");
            if (!world.Keys.IsForgotten(id)) world.Fail($"{name} is forgotten and has a key.");
            foreach (var (_, pair) in connections)
            {
                if (pair is not { Phase: ConnectionPhase.Apart, ContactOf: null })
                    world.Fail($"{name} is forgotten, and {world.People.NameOf(pair.Invite!.Inviter)}/{world.People.NameOf(pair.Invite.Invitee)} is {pair.Phase}.");
            }

            return;
        }

        var held = user.Squares.Select(square => square.Connection).Order();
        var needed = connections.Where(pair => pair.Pair.TakesSquareOf(id)).Select(pair => pair.Id).Order();
        if (!held.SequenceEqual(needed))
            world.Fail($"{name} holds squares for {Named(held)} and needs them for {Named(needed)}.");

        string Named(IEnumerable<ConnectionId> ids) => $"[{string.Join(", ", ids.Select(c => world.People.NameOf(StreamNames.Of(c))))}]";
    }

    private static void SidesShouldAgree(World world, Connection pair)
    {
        if (pair.Invite is not { } invite) return;
        var views = (pair.ViewOf(invite.Inviter), pair.ViewOf(invite.Invitee));
        if (views is not ((ConnectionView.Inviting, ConnectionView.Invited)
            or (ConnectionView.Connected, ConnectionView.Connected)
            or (ConnectionView.Rejected, ConnectionView.None)
            or (ConnectionView.Contact, ConnectionView.None)
            or (ConnectionView.None, ConnectionView.Contact or ConnectionView.None)))
            world.Fail($"The sides of a pair see {views}.");
    }

    /// <summary>What the nodes' caches have come to, what a new process reads, and what was folded as it was written.</summary>
    private static void ReplayedShouldBeAsLive(World world)
    {
        var options = new JsonSerializerOptions { Converters = { new WithoutTheForgotten(world.Keys) } };
        foreach (var streams in world.Nodes.Select(node => node.Streams).Append(new EventStreams(world.Log, world.Codec)))
        {
            foreach (var (id, user) in world.Watch.Users) Same(streams.LoadAsync(id).AsTask().Result.State, user);
            foreach (var (id, pair) in world.Watch.Connections) Same(streams.LoadAsync(id).AsTask().Result.State, pair);
            foreach (var (stream, phone) in world.Watch.Phones) Same(streams.LoadPhoneAsync(stream[6..]).AsTask().Result.State, phone);
        }

        void Same<T>(T one, T other)
        {
            var (left, right) = (JsonSerializer.Serialize(one, options), JsonSerializer.Serialize(other, options));
            if (left != right) world.Fail($"Replayed:\n{left}\nlive:\n{right}");
        }
    }

    private sealed class WithoutTheForgotten(MemoryKeys keys) : JsonConverter<Personal>
    {
        public override Personal Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Personal value, JsonSerializerOptions options) =>
            writer.WriteStringValue($"{value.Subject} {(keys.IsForgotten(value.Subject) ? "" : value.Text)}");
    }
}
