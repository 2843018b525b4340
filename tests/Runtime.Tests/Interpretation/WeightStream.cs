using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Interpretation;

/// <summary>Writes tiles with dense blocks, bit by bit, straight from docs/memory.md.</summary>
internal static class WeightStream
{
    public static byte[] Scales(int rowBlock, float[] scales, bool last = false) =>
        [.. BitConverter.GetBytes(TileHeader.Scales(rowBlock, last).Word), .. scales.SelectMany(BitConverter.GetBytes)];

    public static byte[] End() => BitConverter.GetBytes(TileHeader.End.Word);

    /// <summary>A tile of 16 rows, codes as (16, columns of the group); blocks that lie wholly beyond the columns are absent.</summary>
    public static byte[] Weights(int rowBlock, int group, int bits, int groupSize, int columns, sbyte[] codes, int[] multipliers, bool last = false)
    {
        int blocks = (columns + 15) / 16;
        TileHeader header = TileHeader.Weights(rowBlock, group, new QuantizedFormat(bits, groupSize), TileHeader.DensitiesOf(blocks), last);
        List<bool> stream = [];
        foreach (int m in multipliers)
        {
            Append(stream, m, 6);
        }

        for (int unit = 0; unit < blocks * 4; unit++)
        {
            for (int code = 0; code < 64; code++)
            {
                int column = (4 * unit) + (code % 4);
                Append(stream, column < columns ? codes[(code / 4 * columns) + column] : 0, bits);
            }
        }

        byte[] bytes = [.. stream.Chunk(8).Select(eight => (byte)Enumerable.Range(0, 8).Sum(i => eight[i] ? 1 << i : 0))];
        return [.. BitConverter.GetBytes(header.Word), .. bytes];
    }

    private static void Append(List<bool> stream, int value, int bits) =>
        stream.AddRange(Enumerable.Range(0, bits).Select(i => (value >> i & 1) == 1));
}
