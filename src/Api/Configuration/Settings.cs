using Cqrs.Api.Web;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.Gateway;

namespace Cqrs.Api.Configuration;

/// <summary>Everything that can be configured, checked. Names and defaults: README, "Configuration".</summary>
public sealed record Settings
{
    /// <summary>Addresses to listen on, for Kestrel; names are not resolved yet.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>Folder of everything embedded, absolute.</summary>
    public required string Data { get; init; }

    public required IReadOnlySet<Role> Roles { get; init; }

    /// <summary><c>EventStore=esdb://…</c>; null: the log is embedded, in <see cref="Data"/>.</summary>
    public required EsdbSettings? EventStore { get; init; }

    /// <summary>Squares of each user's grid.</summary>
    public required int Squares { get; init; }

    /// <summary>Whether the server rebuilds read models that other code built.</summary>
    public required bool RebuildsStaleModels { get; init; }

    public required LimitSettings Limits { get; init; }

    /// <summary>How long a ticket lives.</summary>
    public required TimeSpan TicketLifetime { get; init; }

    public required VideoSettings Videos { get; init; }

    /// <summary><c>Secrets:Master</c>; null: made in <see cref="Data"/>.</summary>
    public required string? MasterSecret { get; init; }

    /// <summary><c>Secrets:Tokens</c>; null: made in <see cref="Data"/>.</summary>
    public required string? TokenSecret { get; init; }

    /// <summary>Addresses of proxies whose <c>X-Forwarded-For</c> is trusted.</summary>
    public required IReadOnlyList<string> Proxies { get; init; }

    public required AppLinks App { get; init; }

    public required GatewaySettings Gateway { get; init; }

    /// <summary>What the operator should know although the server starts: settings that do not exist.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public bool Plays(Role role) => Roles.Contains(role);

    public override string ToString() => "settings";
}

/// <summary>A part of the product that a process can run.</summary>
public enum Role
{
    Commands,
    Queries,
    Projections,
    Relay,
    Messaging,
    Notifications,
    Web,
    Gateway,
}

/// <param name="Enabled">False turns the limits per number, address, user and server off.</param>
/// <param name="PerNumber">Codes that may go to one number in 24 hours.</param>
/// <param name="PerAddress">Codes that may be asked for from one address in an hour.</param>
/// <param name="PerUser">Invites that one user may send in an hour.</param>
/// <param name="Server">Codes that the whole server sends in an hour.</param>
/// <param name="Countries">Calling codes from which one may register; empty: all.</param>
public sealed record LimitSettings(bool Enabled, int PerNumber, int PerAddress, int PerUser, int Server, IReadOnlyList<string> Countries);

/// <param name="Lifetime">How long after its upload a video can be downloaded.</param>
/// <param name="MaxLength">The largest video, bytes.</param>
public sealed record VideoSettings(TimeSpan Lifetime, long MaxLength);

/// <summary>The process cannot start as it is configured. Each fault names the setting, what is wrong, and an example.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
