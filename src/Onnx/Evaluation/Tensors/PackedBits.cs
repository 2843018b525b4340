namespace Flightc.Onnx.Evaluation;

/// <summary>Elements of 2 and 4 bits, several in a byte, the lowest first.</summary>
internal static class PackedBits
{
    /// <summary>Spreads elements to a byte each, without their sign.</summary>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, int count, int bits)
    {
        byte[] result = new byte[count];
        int perByte = 8 / bits;
        int mask = (1 << bits) - 1;
        for (int i = 0; i < count; i++)
        {
            result[i] = (byte)(packed[i / perByte] >> (i % perByte * bits) & mask);
        }

        return result;
    }

    /// <summary>Packs the low bits of each byte; what is left of the last byte is 0.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> elements, int bits)
    {
        int perByte = 8 / bits;
        int mask = (1 << bits) - 1;
        byte[] result = new byte[(elements.Length + perByte - 1) / perByte];
        for (int i = 0; i < elements.Length; i++)
        {
            result[i / perByte] |= (byte)((elements[i] & mask) << (i % perByte * bits));
        }

        return result;
    }

    /// <summary>The value of the low bits as two's complement.</summary>
    public static int SignExtend(byte element, int bits) => element << (32 - bits) >> (32 - bits);
}
