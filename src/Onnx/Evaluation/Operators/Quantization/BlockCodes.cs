namespace Flightc.Onnx.Evaluation;

/// <summary>Codes of 2, 4 or 8 bits in bytes, the lowest bits first, as ONNX Runtime packs weights.</summary>
internal static class BlockCodes
{
    /// <summary>The code at a place of a row of bytes.</summary>
    public static int At(ReadOnlySpan<byte> row, int place, int bits)
    {
        int perByte = 8 / bits;
        return row[place / perByte] >> (place % perByte * bits) & ((1 << bits) - 1);
    }
}
