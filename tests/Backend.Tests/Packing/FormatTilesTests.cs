using Flightc.Backend.Packing;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class FormatTilesTests
{
    [Fact]
    public void What_a_format_tells_of_16_rows_is_what_their_tiles_are()
    {
        Random random = new(4);
        for (int i = 0; i < 300; i++)
        {
            QuantizedFormat format = RandomWeights.Format(random);
            int columns = random.Next(1, 500);
            WeightProduct product = new("p", [.. RowBlock.Of("w", 0, 48, format)], columns);

            ChannelWork work = FormatTiles.Rows(format, columns);

            Assert.Equal(work * 3, StreamLayout.Of([product], 1, 64).Work(0, 0));
            Assert.Equal(work.Bytes * 3, StreamLayout.Tiles([product], 1).Sum(t => t.Header.TileBytes));
        }
    }

    [Theory]
    [InlineData("4g64", 128)]
    [InlineData("4g64 8:16", 96)]
    [InlineData("4g64 2:4", 96)] // as 8:16
    [InlineData("2g64 8:16", 64)] // dense is as small
    [InlineData("3g64 4:16", 56)]
    [InlineData("3g64 2:16", 28)]
    public void All_blocks_without_a_pattern_have_the_form_of_what_is_kept(string format, int bytes)
    {
        for (int blocks = 1; blocks <= 4; blocks++)
        {
            BlockForm form = FormatTiles.Form(QuantizedFormat.Parse(format)!.Value, blocks - 1, blocks);
            Assert.Equal(bytes, form.Bytes);
            Assert.Equal(TileHeader.DensitiesOf(blocks, form.Density), FormatTiles.Densities(QuantizedFormat.Parse(format)!.Value, blocks));
        }
    }

    [Fact]
    public void The_densities_of_a_pattern_descend_and_blocks_beyond_the_matrix_are_absent()
    {
        QuantizedFormat format = QuantizedFormat.Parse("4g64 16.8.4.2:16")!.Value;

        BlockDensity[] Of(int blocks) => [.. Enumerable.Range(0, 8).Select(i => (BlockDensity)(FormatTiles.Densities(format, blocks) >> (3 * i) & 7))];

        Assert.Equal([BlockDensity.Dense, BlockDensity.Half, BlockDensity.Quarter, BlockDensity.Eighth], Of(4)[..4]);
        Assert.Equal([BlockDensity.Dense, BlockDensity.Quarter, BlockDensity.Absent, BlockDensity.Absent], Of(2)[..4]);
        Assert.All([.. Of(4)[4..], .. Of(1)[1..]], density => Assert.Equal(BlockDensity.Absent, density));
    }
}
