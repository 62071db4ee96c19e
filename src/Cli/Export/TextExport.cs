using System.Buffers;
using System.Text;
using Cqrs.EventStore.Log;

namespace Cqrs.Cli.Export;

/// <summary>Events in a text file, one a line, with an <see cref="ExportNote"/> beside it.</summary>
internal sealed class TextExport : IExportFile
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    private readonly ExportPlan _plan;
    private readonly ITextRows _rows;
    private readonly IReadOnlyList<string> _columns;
    private readonly FileStream _file;
    private readonly TimeProvider _clock;
    private readonly ArrayBufferWriter<byte> _page = new(1 << 20);
    private long _saved;

    private TextExport(ExportPlan plan, ITextRows rows, IReadOnlyList<string> columns, FileStream file, ExportProgress progress, TimeProvider clock)
    {
        (_plan, _rows, _columns, _file, Progress, _clock) = (plan, rows, columns, file, progress, clock);
        _saved = clock.GetTimestamp();
    }

    public ExportProgress Progress { get; private set; }

    public static TextExport Open(ExportPlan plan, ITextRows rows, IReadOnlyList<string> columns, TimeProvider clock)
    {
        if (ExportNote.Check(plan, rows) is { } note)
        {
            var old = Create(plan.Path, FileMode.Open);
            old.SetLength(note.Bytes);
            old.Position = note.Bytes;
            return Begun(new(plan, rows, note.Columns, old, note.Progress, clock));
        }

        // The note first: whatever of the file a kill leaves behind is then known for ours.
        new ExportNote(plan.Asked, plan.InClear, default, Bytes: 0, ExportNote.TailOfNothing, columns).Write(ExportNote.PathOf(plan));
        return Begun(new(plan, rows, columns, Create(plan.Path, FileMode.Create), default, clock));
    }

    /// <summary>Opens a file that only its owner may read, for it may hold what is not for all.</summary>
    public static FileStream Create(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }

    public async ValueTask WriteAsync(IReadOnlyList<FlatEvent> events, LogPosition upTo, CancellationToken cancel)
    {
        foreach (var flat in events) _rows.Write(flat, _columns, _page);
        await _file.WriteAsync(_page.WrittenMemory, cancel);
        _page.ResetWrittenCount();
        Progress = new(upTo, Progress.Events + events.Count);
        if (_clock.GetElapsedTime(_saved) > SaveEvery) await SaveAsync();
    }

    public ValueTask SaveAsync()
    {
        _file.Flush(flushToDisk: true);
        var end = _file.Position;
        var tail = ExportNote.TailOf(_file, end);
        _file.Position = end;
        new ExportNote(_plan.Asked, _plan.InClear, Progress, end, tail, _columns).Write(ExportNote.PathOf(_plan));
        _saved = _clock.GetTimestamp();
        return default;
    }

    public ValueTask CompleteAsync() => SaveAsync();

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static TextExport Begun(TextExport export)
    {
        if (export._file.Position == 0) Encoding.UTF8.GetBytes(export._rows.Heading(export._columns), export._page);
        return export;
    }
}
