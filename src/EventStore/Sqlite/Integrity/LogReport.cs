namespace Cqrs.EventStore.Sqlite.Integrity;

/// <summary>What an examination of a log found.</summary>
/// <param name="Schema">Version of the file; before version 3 there are no checksums.</param>
/// <param name="Events">Events that are as they were written; with a fault, those before it.</param>
/// <param name="Commits">Links of the hash chain that hold.</param>
/// <param name="Head">Position of the newest event in the file.</param>
/// <param name="Chain">The newest link in hex; null for a log without checksums, and with a fault.</param>
/// <param name="Fault">The first fault; null when there is none.</param>
public sealed record LogReport(long Schema, long Events, long Commits, long Head, string? Chain, LogFault? Fault);

/// <param name="Position">Of the event; null when no single event is damaged.</param>
/// <param name="Stream">Of the event; null when it is not known.</param>
/// <param name="What">What is wrong, as a sentence without its full stop.</param>
/// <param name="Next">What to do.</param>
public sealed record LogFault(long? Position, string? Stream, string What, string Next);
