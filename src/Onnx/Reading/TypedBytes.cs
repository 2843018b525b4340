using System.Buffers.Binary;
namespace Flightc.Onnx.Reading;

/// <summary>The typed entries of a tensor in the form of raw data, converted when they are first read.</summary>
/// <param name="data">The entries, whose number and range have been checked.</param>
/// <param name="entryBytes">Bytes that an entry becomes: the lowest of its bits.</param>
/// <param name="length">Bytes of all entries; at most what an array holds.</param>
/// <param name="path">The file, for messages.</param>
internal sealed class TypedBytes(TypedData data, int entryBytes, int length, string path) : ITensorBytes
{
    private readonly Lazy<byte[]> _bytes = new(() => Convert(data, entryBytes, length, path));

    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) => _bytes.Value.AsSpan(checked((int)offset), destination.Length).CopyTo(destination);

    private static byte[] Convert(TypedData data, int entryBytes, int length, string path)
    {
        byte[] bytes = new byte[length];
        int at = 0;
        data.ForEach(path, value =>
        {
            Span<byte> place = bytes.AsSpan(at, entryBytes);
            switch (entryBytes)
            {
                case sizeof(byte):
                    place[0] = (byte)value;
                    break;
                case sizeof(short):
                    BinaryPrimitives.WriteInt16LittleEndian(place, (short)value);
                    break;
                case sizeof(int):
                    BinaryPrimitives.WriteInt32LittleEndian(place, (int)value);
                    break;
                default:
                    BinaryPrimitives.WriteInt64LittleEndian(place, value);
                    break;
            }

            at += entryBytes;
        });
        return bytes;
    }
}
