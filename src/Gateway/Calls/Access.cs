namespace Cqrs.Gateway.Calls;

/// <summary>What a caller may do; the greater value includes the lesser.</summary>
internal enum Access
{
    /// <summary>Calls that clients make before they send credentials: the cluster's members, the server's features.</summary>
    Discover,
    Read,
    Append,
}

/// <summary>The access that a method of a service requires; <see cref="CallGate"/> checks it before the call is read.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresAccessAttribute(Access access) : Attribute
{
    public Access Access { get; } = access;
}

/// <summary>The access of the caller of one request.</summary>
internal sealed record Caller(Access Access);
