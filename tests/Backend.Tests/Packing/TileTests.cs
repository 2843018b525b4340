using System.Buffers.Binary;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class TileTests
{
    public static TheoryData<int, int> Formats()
    {
        TheoryData<int, int> formats = [];
        foreach (int group in (int[])[32, 64, 128])
        {
            for (int bits = 2; bits <= 8; bits++)
            {
                formats.Add(bits, group);
            }
        }

        return formats;
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_tile_unpacks_to_what_was_packed_in_every_density(int bits, int groupSize)
    {
        Random random = new((bits * 1000) + groupSize);
        QuantizedFormat format = new(bits, groupSize);
        HashSet<BlockForm> forms = [];
        for (int i = 0; i < 200; i++)
        {
            QuantizedMatrix matrix = RandomWeights.Matrix(random, 16, groupSize, format, sparse: true);
            uint densities = TileWriter.SmallestDensities(matrix.Codes, format);
            TileHeader header = TileHeader.Weights(i, i, format, densities, false);
            byte[] tile = new byte[header.TileBytes];
            TileWriter.WriteWeights(tile, header, matrix.Codes, matrix.Multipliers);
            sbyte[] codes = new sbyte[16 * groupSize];
            byte[] multipliers = new byte[16];
            TileReader.Unpack(tile, codes, multipliers);

            Assert.Equal(matrix.Codes, codes);
            Assert.Equal(matrix.Multipliers, multipliers);
            forms.UnionWith(Enumerable.Range(0, header.Blocks).Select(header.Block));
        }

        // Two-bit codes have no 8:16.
        Assert.Equal(bits == 2 ? 4 : 5, forms.Count);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_dense_tile_lies_as_documented(int bits, int groupSize)
    {
        QuantizedFormat format = new(bits, groupSize);
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(bits), 16, groupSize, format, sparse: false);
        TileHeader header = TileHeader.Weights(1, 2, format, TileHeader.DensitiesOf(groupSize / 16), true);
        byte[] tile = new byte[header.TileBytes];
        TileWriter.WriteWeights(tile, header, matrix.Codes, matrix.Multipliers);

        Assert.Equal(20 + (groupSize / 16 * 32 * bits), tile.Length);
        for (int r = 0; r < 16; r++)
        {
            Assert.Equal(matrix.Multipliers[r], Bits(tile, (8 * 8) + (6 * r), 6));
            for (int k = 0; k < groupSize; k++)
            {
                int unit = k / 4;
                int code = (4 * r) + (k % 4);
                int at = (20 * 8) + (((unit * 64) + code) * bits);
                Assert.Equal(matrix.Codes[(r * groupSize) + k] & ((1 << bits) - 1), Bits(tile, at, bits));
            }
        }
    }

    [Fact]
    public void Mask_and_index_blocks_lie_as_documented()
    {
        QuantizedFormat format = new(4, 32);
        sbyte[] codes = new sbyte[16 * 32];
        for (int r = 0; r < 16; r++)
        {
            // Block 0 keeps 4 of 16; columns 1, 6, 11 hold weights, and column 0 is the padding.
            (codes[(r * 32) + 1], codes[(r * 32) + 6], codes[(r * 32) + 11]) = (1, -1, (sbyte)((r % 7) + 1));
            // Block 1 keeps 2 of 16.
            (codes[(r * 32) + 16 + 3], codes[(r * 32) + 16 + 15]) = (-8, 7);
        }

        uint densities = TileWriter.SmallestDensities(codes, format);
        TileHeader header = TileHeader.Weights(0, 0, format, densities, false);
        byte[] tile = new byte[header.TileBytes];
        TileWriter.WriteWeights(tile, header, codes, new byte[16]);

        Assert.Equal((BlockLayout.Mask, BlockLayout.Index), (header.Block(0).Layout, header.Block(1).Layout));
        Assert.Equal(20 + 64 + 32, tile.Length);
        Assert.Equal(0x3333333333333333UL, BinaryPrimitives.ReadUInt64LittleEndian(tile.AsSpan(20)));
        Assert.Equal(0x4444444444444444UL, BinaryPrimitives.ReadUInt64LittleEndian(tile.AsSpan(28)));
        Assert.Equal(0x8888888888888888UL, BinaryPrimitives.ReadUInt64LittleEndian(tile.AsSpan(36)));
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(tile.AsSpan(44)));
        Assert.All(tile[52..68], b => Assert.Equal(0x10, b));
        Assert.All(tile[68..76], b => Assert.Equal(0xFF, b));
        Assert.Equal([0x21, 0x43, 0x65, 0x17, 0x32, 0x54, 0x76, 0x21], tile[76..84]);
        Assert.All(tile[84..100], b => Assert.Equal(0xF3, b));
        Assert.All(tile[100..116], b => Assert.Equal(0x78, b));
    }

    [Fact]
    public void Part_of_a_tile_is_no_tile()
    {
        TileHeader header = TileHeader.Scales(3, true);
        byte[] tile = new byte[72];
        TileWriter.WriteScales(tile, header, [.. Enumerable.Range(0, 16).Select(i => i / 3f)]);
        for (int length = 0; length < 72; length++)
        {
            Assert.False(TileReader.TryRead(tile.AsSpan(0, length), out _));
        }

        Assert.True(TileReader.TryRead(tile, out TileHeader read));
        Assert.Equal(header, read);
        float[] scales = new float[16];
        TileReader.ReadScales(tile, scales);
        Assert.Equal(5f, scales[15]);
    }

    [Theory]
    [InlineData(BlockDensity.Quarter, 20, (byte)0xFE)]
    [InlineData(BlockDensity.Quarter, 28, (byte)0x01)]
    [InlineData(BlockDensity.Eighth, 20, (byte)0x33)]
    [InlineData(BlockDensity.Eighth, 20, (byte)0x23)]
    public void A_block_that_does_not_keep_what_its_density_says_is_refused(BlockDensity density, int at, byte value)
    {
        QuantizedFormat format = new(4, 32);
        uint densities = TileHeader.DensitiesOf(0) & ~7u | (uint)density;
        TileHeader header = TileHeader.Weights(0, 0, format, densities, false);
        byte[] tile = new byte[header.TileBytes];
        TileWriter.WriteWeights(tile, header, new sbyte[512], new byte[16]);
        TileReader.Unpack(tile, new sbyte[512], new byte[16]);
        tile[at] = value;

        CompilationException fault = Assert.Throws<CompilationException>(() => TileReader.Unpack(tile, new sbyte[512], new byte[16]));
        Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
    }

    [Fact]
    public void Random_bytes_give_a_tile_or_a_diagnostic()
    {
        Random random = new(1);
        sbyte[] codes = new sbyte[16 * 128];
        int tiles = 0;
        for (int i = 0; i < 200_000; i++)
        {
            byte[] bytes = new byte[random.Next(0, 400)];
            random.NextBytes(bytes);
            if (bytes.Length > 8 && i % 2 == 0)
            {
                // A plausible header, so that more than the header is tried.
                uint densities = TileHeader.DensitiesOf(0) & ~0x3Fu | (uint)random.Next(1, 5) | (uint)random.Next(1, 5) << 3;
                ulong word = TileHeader.Weights(0, 0, new QuantizedFormat(random.Next(3, 9), 32), densities, false).Word;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
            }

            try
            {
                if (TileReader.TryRead(bytes, out TileHeader header) && header.Kind == TileKind.Weights)
                {
                    TileReader.Unpack(bytes, codes, new byte[16]);
                    tiles++;
                }
            }
            catch (CompilationException fault)
            {
                Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
            }
        }

        Assert.InRange(tiles, 1, 200_000);
    }

    private static int Bits(byte[] bytes, int at, int width)
    {
        int value = 0;
        for (int i = 0; i < width; i++)
        {
            value |= (bytes[(at + i) / 8] >> ((at + i) % 8) & 1) << i;
        }

        return value;
    }
}
