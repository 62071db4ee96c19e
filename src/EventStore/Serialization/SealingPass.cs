using System.Buffers;
using System.Text;
using System.Text.Json;
using Cqrs.Domain.Identity;
using Cqrs.EventStore.PersonalData;

namespace Cqrs.EventStore.Serialization;

/// <summary>
/// What the converters need to know while one event goes through the JSON serializer, which is synchronous: where the
/// event belongs, and the keys. A key that is not at hand is asked for and noted; the pass then counts for nothing and
/// is repeated when the keys are there.
/// </summary>
internal sealed class SealingPass
{
    private const int RoomForNames = 512;

    [ThreadStatic]
    private static SealingPass? s_ofThread;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private Utf8JsonWriter? _writer;
    private byte[] _place = new byte[RoomForNames];
    private int _placeLength;

    private SealingPass()
    {
    }

    public string Stream { get; private set; } = "";

    public string Type { get; private set; } = "";

    public ISubjectKeys? Keys { get; private set; }

    public CancellationToken Cancel { get; private set; }

    public KeysAtHand? AtHand { get; private set; }

    public INonces? Nonces { get; private set; }

    /// <summary>Whether sealed values carry the field that they were sealed for, put there by <see cref="Upcasting"/>.</summary>
    public bool FieldsAreNoted { get; private set; }

    /// <summary>False where what is sealed is of no interest, and read as erased.</summary>
    public bool OpensPersonal { get; private set; }

    /// <summary>Which values stay sealed; null for none.</summary>
    public Carrying? Carrying { get; private set; }

    /// <summary>The pass under way on this thread.</summary>
    public static SealingPass Current => s_ofThread is { Keys: not null } pass
        ? pass
        : throw new NotSupportedException("Personal data are written and read as JSON by the event codec only.");

    public static SealingPass Begin(
        string stream, string type, ISubjectKeys keys, KeysAtHand? atHand, CancellationToken cancel,
        INonces? nonces = null, bool fieldsAreNoted = false, bool opensPersonal = true, Carrying? carrying = null)
    {
        var pass = s_ofThread ??= new();
        (pass.Stream, pass.Type, pass.Keys, pass.AtHand, pass.Cancel) = (stream, type, keys, atHand, cancel);
        pass.Carrying = carrying;
        (pass.Nonces, pass.FieldsAreNoted, pass.OpensPersonal, pass._placeLength) = (nonces, fieldsAreNoted, opensPersonal, 0);
        return pass;
    }

    /// <summary>Lets go of the keys; answers what was asked for and is not there yet, if anything.</summary>
    public KeysAtHand? End()
    {
        var atHand = AtHand;
        (Keys, AtHand, Nonces) = (null, null, null);
        return atHand is { IsWaiting: true } ? atHand : null;
    }

    /// <summary>A writer whose bytes are taken by <see cref="TakeBytes"/>.</summary>
    public Utf8JsonWriter StartWriting()
    {
        _buffer.ResetWrittenCount();
        if (_writer is null)
            _writer = new(_buffer, EventTypes.WriterOptions);
        else
            _writer.Reset(_buffer);

        return _writer;
    }

    public byte[] TakeBytes() => _buffer.WrittenSpan.ToArray();

    /// <summary>"cqrs/personal/v1\0" || stream || 0x00 || event type as stored || 0x00 || json field name.</summary>
    public ReadOnlySpan<byte> PlaceOf(ReadOnlySpan<byte> field)
    {
        if (_placeLength == 0)
            WriteNames();

        if (_place.Length < _placeLength + field.Length)
            Array.Resize(ref _place, _placeLength + field.Length);

        field.CopyTo(_place.AsSpan(_placeLength));
        return _place.AsSpan(0, _placeLength + field.Length);
    }

    /// <summary>Null when it has to be waited for.</summary>
    public SubjectKey? KeyToSeal(UserId subject)
    {
        if (AtHand is not null)
        {
            if (AtHand.Find(subject) is { } known)
                return known.Key ?? throw new SubjectForgottenException(subject);

            if (AtHand.IsAwaited(subject))
                return null;
        }

        var asked = Keys!.GetOrCreateAsync(subject, Cancel);
        if (asked.IsCompleted)
            return asked.GetAwaiter().GetResult();

        (AtHand ??= new()).WaitFor(subject, asked);
        return null;
    }

    /// <summary>Null when it has to be waited for.</summary>
    public SubjectKeyLookup? KeyToOpen(UserId subject)
    {
        if (AtHand is not null)
        {
            if (AtHand.Find(subject) is { } known)
                return known;

            if (AtHand.IsAwaited(subject))
                return null;
        }

        var asked = Keys!.FindAsync(subject, Cancel);
        if (asked.IsCompleted)
        {
            var lookup = asked.GetAwaiter().GetResult();
            AtHand?.Remember(subject, lookup);
            return lookup;
        }

        (AtHand ??= new()).WaitFor(subject, asked);
        return null;
    }

    private void WriteNames()
    {
        var label = "cqrs/personal/v1\0"u8;
        var needed = label.Length + Encoding.UTF8.GetMaxByteCount(Stream.Length + Type.Length) + 2;
        if (_place.Length < needed)
            _place = new byte[needed];

        label.CopyTo(_place);
        var length = label.Length;
        length += Encoding.UTF8.GetBytes(Stream, _place.AsSpan(length));
        _place[length++] = 0;
        length += Encoding.UTF8.GetBytes(Type, _place.AsSpan(length));
        _place[length++] = 0;
        _placeLength = length;
    }
}
