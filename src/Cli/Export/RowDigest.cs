using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cqrs.EventStore.Tables;

namespace Cqrs.Cli.Export;

/// <summary>
/// SHA-256 over rows, value by value: null is the byte 0, an integer 1 and eight bytes, a text 2, the length of its UTF-8 in
/// eight bytes, and the UTF-8. Numbers are big-endian.
/// </summary>
internal sealed class RowDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _head = new byte[9];

    /// <summary>The digest of all rows so far, hex.</summary>
    public string Current => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Adds a row that is written.</summary>
    public void Add(ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            switch (value)
            {
                case null:
                    AddNull();
                    break;
                case long number:
                    AddNumber(number);
                    break;
                case string text:
                    AddText(Encoding.UTF8.GetBytes(text));
                    break;
                default:
                    throw new ArgumentException($"A {value.GetType().Name} is not exported.", nameof(values));
            }
        }
    }

    /// <summary>Adds a row that is read.</summary>
    /// <param name="isNumber">Of each column: whether it holds integers.</param>
    public void Add(SqliteRows row, ReadOnlySpan<bool> isNumber)
    {
        for (var column = 0; column < isNumber.Length; column++)
        {
            if (row.IsDBNull(column)) AddNull();
            else if (isNumber[column]) AddNumber(row.GetInt64(column));
            else AddText(row.Bytes(column));
        }
    }

    public void Dispose() => _hash.Dispose();

    private void AddNull() => _hash.AppendData([0]);

    private void AddNumber(long number) => AddHead(1, number);

    private void AddText(ReadOnlySpan<byte> utf8)
    {
        AddHead(2, utf8.Length);
        _hash.AppendData(utf8);
    }

    private void AddHead(byte kind, long number)
    {
        _head[0] = kind;
        BinaryPrimitives.WriteInt64BigEndian(_head.AsSpan(1), number);
        _hash.AppendData(_head);
    }
}
