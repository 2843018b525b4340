using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Core.Tests.Packing;

public sealed class TileCheckTests
{
    public static TheoryData<int, int, bool> Formats()
    {
        TheoryData<int, int, bool> formats = [];
        for (int bits = 2; bits <= 8; bits++)
        {
            foreach (int group in new[] { 32, 64, 128 })
            {
                formats.Add(bits, group, false);
                formats.Add(bits, group, true);
            }
        }

        return formats;
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_tile_says_what_was_written_and_nothing_else(int bits, int group, bool sparse)
    {
        (byte[] tile, sbyte[] codes, byte[] multipliers) = Tile(bits, group, sparse);
        Assert.True(TileCheck.Says(tile, codes, multipliers));
        for (int i = 0; i < codes.Length; i += 7)
        {
            sbyte[] others = (sbyte[])codes.Clone();
            others[i] ^= 1;
            Assert.False(TileCheck.Says(tile, others, multipliers));
        }

        for (int r = 0; r < multipliers.Length; r++)
        {
            byte[] others = (byte[])multipliers.Clone();
            others[r] ^= 0x20;
            Assert.False(TileCheck.Says(tile, codes, others));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_byte_of_dense_codes_is_looked_at(int bits, int group, bool sparse)
    {
        (byte[] tile, sbyte[] codes, byte[] multipliers) = Tile(bits, group, sparse);
        for (int i = TileHeader.MultipliersAt; i < tile.Length && !sparse; i++)
        {
            tile[i] ^= 0x10;
            Assert.False(TileCheck.Says(tile, codes, multipliers));
            tile[i] ^= 0x10;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_code_wider_than_its_field_is_not_what_the_tile_says(int bits)
    {
        (byte[] tile, sbyte[] codes, byte[] multipliers) = Tile(bits, 64, false);
        codes[77] = (sbyte)(codes[77] ^ (1 << bits));
        Assert.False(TileCheck.Says(tile, codes, multipliers));
    }

    // Where it is sparse, two of four columns have codes in the blocks that have an odd number.
    private static (byte[] Tile, sbyte[] Codes, byte[] Multipliers) Tile(int bits, int group, bool sparse)
    {
        Random random = new(bits + group);
        QuantizedFormat format = new(bits, group);
        sbyte[] codes = new sbyte[TileHeader.RowsPerTile * group];
        for (int i = 0; i < codes.Length; i++)
        {
            bool isDropped = sparse && i % 32 >= 16 && i % 4 < 2;
            codes[i] = isDropped ? (sbyte)0 : (sbyte)random.Next(-(1 << (bits - 1)), 1 << (bits - 1));
        }

        byte[] multipliers = new byte[TileHeader.RowsPerTile];
        random.NextBytes(multipliers);
        for (int r = 0; r < multipliers.Length; r++)
        {
            multipliers[r] &= 63;
        }

        uint densities = sparse ? TileWriter.SmallestDensities(codes, format) : TileHeader.DensitiesOf(group / 16);
        TileHeader header = TileHeader.Weights(3, 1, format, densities, last: false);
        byte[] tile = new byte[header.TileBytes];
        TileWriter.WriteWeights(tile, header, codes, multipliers);
        return (tile, codes, multipliers);
    }
}
