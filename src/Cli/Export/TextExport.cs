using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Cqrs.Cli.CommandLine;
using Cqrs.Cli.Output;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Export;

/// <summary>Events in a text file, one a line, with an <see cref="ExportNote"/> beside it.</summary>
internal sealed class TextExport : IExportFile
{
    private const int Buffer = 1 << 20;

    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    private readonly ExportPlan _plan;
    private readonly ExportNote _begun;
    private readonly ITextRows _rows;
    private readonly IEventLog _log;
    private readonly TimeProvider _clock;
    private readonly FileStream _file;
    private readonly IncrementalHash _digest;
    private readonly ArrayBufferWriter<byte> _page = new(Buffer);
    private RecordedEvent? _last;
    private long _saved;

    private TextExport(ExportPlan plan, ITextRows rows, ExportNote begun, FileStream file, IncrementalHash digest, Stores stores)
    {
        (_plan, _rows, _begun, _file, _digest, Progress) = (plan, rows, begun, file, digest, begun.Progress);
        (_log, _clock) = (stores.Log, stores.Clock);
        _saved = _clock.GetTimestamp();
    }

    public ExportProgress Progress { get; private set; }

    /// <exception cref="CliException">The file was changed since it was written.</exception>
    public static async Task<TextExport> OpenAsync(ExportPlan plan, ITextRows rows, Stores stores, CommandOutput output, CancellationToken cancel) =>
        ExportNote.Read(plan, rows) is { } note
            ? await ResumeAsync(plan, rows, note, stores, output, cancel)
            : Begin(plan, rows, stores);

    public async ValueTask WriteAsync(IReadOnlyList<FlatEvent> events, LogPosition upTo)
    {
        foreach (var flat in events) _rows.Write(flat, _begun.Columns, RawCells, _page);
        await AppendAsync();
        _last = events.Count > 0 ? events[^1].Recorded : _last;
        Progress = new(upTo, Progress.Events + events.Count);
        if (_clock.GetElapsedTime(_saved) > SaveEvery) await SaveAsync();
    }

    public async ValueTask SaveAsync()
    {
        await AppendAsync();
        _file.Flush(flushToDisk: true);
        var end = _file.Position;
        var tail = ExportNote.TailOf(_file, end);
        _file.Position = end;
        var mark = await LogMark.AtAsync(_log, Progress.Position, _last);
        var note = _begun with
        {
            Progress = Progress,
            Bytes = end,
            Tail = tail,
            Digest = Hex(_digest.GetCurrentHash()),
            Log = mark.Log,
            Anchor = mark.Anchor,
        };
        note.Write(ExportNote.PathOf(_plan));
        _saved = _clock.GetTimestamp();
    }

    public ValueTask CompleteAsync() => SaveAsync();

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _digest.Dispose();
    }

    // A file that an earlier version began has its cells as they are, and all rows of a file are written in one way.
    private bool RawCells => _begun.RawCells ?? true;

    private static TextExport Begin(ExportPlan plan, ITextRows rows, Stores stores)
    {
        var note = new ExportNote(
            plan.Asked, plan.InClear, default, Bytes: 0, ExportNote.DigestOfNothing, FlatEvent.FieldColumns(stores.Codec.Types))
        {
            Digest = ExportNote.DigestOfNothing,
            RawCells = plan.RawCells,
        };

        // The note first: a kill after this line leaves a file that is known as an export.
        note.Write(ExportNote.PathOf(plan));
        var export = new TextExport(plan, rows, note, PrivateFile.Create(plan.Path, must: plan.InClear), IncrementalHash.CreateHash(HashAlgorithmName.SHA256), stores);
        Encoding.UTF8.GetBytes(rows.Heading(note.Columns), export._page);
        return export;
    }

    private static async Task<TextExport> ResumeAsync(
        ExportPlan plan, ITextRows rows, ExportNote note, Stores stores, CommandOutput output, CancellationToken cancel)
    {
        if (plan.InClear) PrivateFile.TakeFromOthers(plan.Path, must: true);
        var file = new FileStream(plan.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            await ReadAsync(file, note.Bytes, digest, output, cancel);
            if (note.Digest is { } written && Hex(digest.GetCurrentHash()) != written) throw ExportNote.Changed(plan);
            if (plan.RawCells == false && note.RawCells is null)
                await output.Messages.WriteLineAsync($"cqrs: an earlier version began {plan.Path}, with cells that a spreadsheet may take for formulas. New rows are written in the same way; for safe cells export into another file.");
            file.SetLength(note.Bytes);
            file.Position = note.Bytes;
            var export = new TextExport(plan, rows, note, file, digest, stores);
            if (note.Bytes == 0) Encoding.UTF8.GetBytes(rows.Heading(note.Columns), export._page);
            return export;
        }
        catch
        {
            await file.DisposeAsync();
            digest.Dispose();
            throw;
        }
    }

    /// <summary>Adds the first bytes of the file to the digest.</summary>
    private static async Task ReadAsync(FileStream file, long bytes, IncrementalHash digest, CommandOutput output, CancellationToken cancel)
    {
        using var progress = output.Progress("MB checked");
        var buffer = new byte[Buffer];
        file.Position = 0;
        for (var left = bytes; left > 0;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancel);
            if (read == 0) throw new EndOfStreamException("The file has become shorter while it was read.");
            digest.AppendData(buffer, 0, read);
            left -= read;
            progress.Report((bytes - left) / 1_000_000, (double)(bytes - left) / bytes);
        }
    }

    private async ValueTask AppendAsync()
    {
        if (_page.WrittenCount == 0) return;
        await _file.WriteAsync(_page.WrittenMemory);
        _digest.AppendData(_page.WrittenSpan);
        _page.ResetWrittenCount();
    }

    private static string Hex(byte[] digest) => Convert.ToHexStringLower(digest);
}
