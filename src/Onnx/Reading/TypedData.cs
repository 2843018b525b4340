using System.Buffers.Binary;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>The entries of one typed field of a tensor, such as <c>int32_data</c>: packed, one by one, or both.</summary>
/// <remarks>Packed entries stay in the file; loose ones, which old writers make, are kept in memory.</remarks>
internal sealed class TypedData(int field)
{
    private readonly List<(ByteRange Range, List<long>? Loose)> _parts = [];

    /// <summary>Its number: one of <see cref="Fields.Tensor"/>.</summary>
    public int Field { get; } = field;

    /// <summary>Whether nothing was written.</summary>
    public bool IsEmpty => _parts.Count == 0;

    /// <summary>Bytes of an entry that has a fixed size; 0 for varints.</summary>
    public int EntryBytes { get; } = field switch
    {
        Fields.Tensor.FloatData => sizeof(float),
        Fields.Tensor.DoubleData => sizeof(double),
        _ => 0,
    };

    /// <summary>The one packed run of entries of fixed size that is everything, which then is raw data already.</summary>
    public ByteRange? Contiguous => EntryBytes > 0 && _parts is [(var range, null)] ? range : null;

    /// <summary>Takes what the current field of a tensor holds.</summary>
    public void Add(ref WireReader reader)
    {
        if (reader.Type == WireType.Bytes)
        {
            ByteRange range = reader.Bytes();
            if (EntryBytes > 0 && range.Length % EntryBytes != 0)
            {
                throw reader.Invalid($"field {Field} of TensorProto has {range.Length} bytes; its numbers take {EntryBytes} each");
            }

            _parts.Add((range, null));
            return;
        }

        long value = EntryBytes switch
        {
            sizeof(float) => BitConverter.SingleToUInt32Bits(reader.Float()),
            sizeof(double) => reader.Fixed64(),
            _ => reader.Int64(),
        };
        if (_parts is not [.., (_, { } loose)])
        {
            loose = [];
            _parts.Add((default, loose));
        }

        loose.Add(value);
    }

    /// <summary>Calls for the bits of every entry, in order.</summary>
    /// <exception cref="Diagnostics.CompilationException">Packed entries are no varints (FLC1501).</exception>
    public void ForEach(string path, Action<long> visit)
    {
        foreach ((ByteRange range, List<long>? loose) in _parts)
        {
            if (loose is not null)
            {
                loose.ForEach(visit);
            }
            else if (EntryBytes == 0)
            {
                VarintChunk.ForEach(range, path, visit);
            }
            else
            {
                for (long at = 0; at < range.Length; at += EntryBytes)
                {
                    ReadOnlySpan<byte> bytes = range.Source.Span(range.Offset + at, EntryBytes);
                    visit(EntryBytes == sizeof(float) ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes));
                }
            }
        }
    }
}
