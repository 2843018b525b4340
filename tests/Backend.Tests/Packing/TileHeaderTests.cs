using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class TileHeaderTests
{
    [Fact]
    public void A_weights_header_has_the_documented_bits()
    {
        // Two blocks of 32 columns: 8:16 and 2:16, then six absent ones.
        uint densities = TileHeader.DensitiesOf(0) & ~0x3Fu | 1 | 3 << 3;
        TileHeader header = TileHeader.Weights(5, 9, new QuantizedFormat(4, 32), densities, last: true);

        ulong expected = 2 | 1 << 2 | 5 << 3 | 9 << 17 | 0UL << 31 | 3UL << 33 | (1UL | 3 << 3 | 4 << 6 | 4 << 9 | 4 << 12 | 4 << 15 | 4 << 18 | 4 << 21) << 36;
        Assert.Equal(expected, header.Word);
        Assert.Equal(8 + 12 + 96 + 32, header.TileBytes);
        Assert.Equal(header, TileHeader.Parse(expected));
        Assert.Equal((TileKind.Weights, true, 5, 9), (header.Kind, header.IsLast, header.RowBlock, header.Group));
        Assert.Equal("weights block 5 group 9 4g32 last", header.ToString());
    }

    [Fact]
    public void Largest_numbers_and_sizes_survive()
    {
        TileHeader header = TileHeader.Weights(16383, 16383, new QuantizedFormat(8, 128), TileHeader.DensitiesOf(8), last: false);

        Assert.Equal((16383, 16383, 8, 128), (header.RowBlock, header.Group, header.Bits, header.GroupSize));
        Assert.Equal(TileHeader.MaxTileBytes, header.TileBytes);
        Assert.Equal(72, TileHeader.Scales(16383, false).TileBytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => TileHeader.Scales(16384, false));
    }

    [Theory]
    [InlineData(0UL, "neither")]
    [InlineData(4UL | 8, "neither")]
    [InlineData(3UL, "reserved kind")]
    [InlineData(1UL | 1UL << 60, "reserved bits")]
    [InlineData(1UL | 1UL << 18, "fields that only weights have")]
    [InlineData(2UL | 3UL << 31 | 3UL << 33, "group size")]
    [InlineData(2UL | 2UL << 31, "1 bit")]
    [InlineData(2UL | 2UL << 31 | 3UL << 33 | 5UL << 36, "reserved density 5")]
    [InlineData(2UL | 3UL << 33, "beyond its group")]
    [InlineData(2UL | 2UL << 31 | 1UL << 33 | 1UL << 36, "no smaller than dense")]
    public void A_header_outside_the_rules_is_refused(ulong word, string why)
    {
        CompilationException fault = Assert.Throws<CompilationException>(() => TileHeader.Parse(word));

        Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
        Assert.Contains(why, fault.Message);
    }
}
