using System.Text;

namespace Flightc.Tests.Onnx.Wire;

/// <summary>Writes the wire format by hand: also what no library would write.</summary>
internal sealed class WireBytes
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public WireBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public WireBytes Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
        return this;
    }

    public WireBytes Key(int field, int wireType) => Varint(((ulong)field << 3) | (uint)wireType);

    public WireBytes Int(int field, long value) => Key(field, 0).Varint((ulong)value);

    public WireBytes Bytes(int field, ReadOnlySpan<byte> bytes) => Key(field, 2).Varint((ulong)bytes.Length).Raw(bytes);

    public WireBytes Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public WireBytes Message(int field, WireBytes message) => Bytes(field, message.ToArray());
}
