using Cqrs.Domain.Connections;
using Cqrs.Domain.Decisions;
using Cqrs.Domain.Users;

namespace Cqrs.Rules.Tests.Specifications;

/// <summary>Where each specification begins; to be used with <c>using static</c>.</summary>
public static class Given
{
    public static Specification<Connection> GivenConnection(params IReadOnlyList<IDomainEvent> events) =>
        new(Connection.Initial, static (state, @event) => state.Evolve(@event), events);

    public static Specification<User> GivenUser(params IReadOnlyList<IDomainEvent> events) =>
        new(User.Initial, static (state, @event) => state.Evolve(@event), events);

    public static Specification<PhoneOwnership> GivenPhone(params IReadOnlyList<IDomainEvent> events) =>
        new(PhoneOwnership.Initial, static (state, @event) => state.Evolve(@event), events);
}
