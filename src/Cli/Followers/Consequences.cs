using System.Globalization;
using Cqrs.Commands.Squares;
using Cqrs.Commands.Users;
using Cqrs.EventStore.Log;
using Cqrs.Notifications.Relays;
using Cqrs.Projections.ChangedBits;

namespace Cqrs.Cli.Followers;

/// <summary>Describes the consequences of a new checkpoint: what is done again, and what is skipped for good.</summary>
internal static class Consequences
{
    public const string ForgottenAnswers =
        "The answers that are kept for repeated requests are forgotten: they may describe events that are not in this log. A request that is repeated with its Idempotency-Key is done again.";

    public static string Of(Follower follower, LogPosition position)
    {
        var (again, leftOut) = follower.Name switch
        {
            RelayedCodes.RelayName => (
                "codes of the last day that are not on record are sent by SMS, unless they have expired; what is on record is not sent again.",
                "codes that were not handed over yet are never sent."),
            RelayedNews.RelayName => (
                "pushes of the last day that are not on record are sent; what is on record is not sent again.",
                "pushes that were not handed over yet are never sent."),
            SquareKeeper.Name => (
                "reserved squares are examined again, and those that no connection needs are released.",
                "squares that a crash has left reserved stay so until their owner's grid is full."),
            ForgettingProcess.Name => (
                "unfinished erasures of users are finished; finished ones stay as they are.",
                "unfinished erasures of users stay unfinished."),
            ChangedBitsWriter.Name => (
                "every bit is set once, so that every phone fetches its list; nothing else changes. --to does not matter here.", ""),
            _ => ("its events are handled again.", "its events are left out."),
        };
        if (position == LogPosition.Start || follower.Kind is FollowerKind.Bits) return again;
        return string.Create(CultureInfo.InvariantCulture, $"of everything up to {position.Value:N0}, {leftOut} From there on, {again}");
    }
}
