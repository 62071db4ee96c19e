using Cqrs.Domain.Identity;

namespace Cqrs.Client.Connections;

/// <summary>The user himself.</summary>
/// <param name="Phone">E.164.</param>
public sealed record Me(UserId UserId, string FirstName, string LastName, string Phone, DateTimeOffset VerifiedAt, Squares Squares)
{
    /// <summary>Never name or number.</summary>
    public override string ToString() => $"user {UserId}";
}

/// <summary>The grid: how many squares are taken, of how many.</summary>
public sealed record Squares(int Used, int Of);
