using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class BlockFormTests
{
    // By hand from docs/memory.md §2.2: dense 32b; mask 32 + 2Nb; index 8N + 2Nb.
    [Theory]
    [InlineData(BlockDensity.Dense, 2, BlockLayout.Dense, 64)]
    [InlineData(BlockDensity.Dense, 5, BlockLayout.Dense, 160)]
    [InlineData(BlockDensity.Dense, 8, BlockLayout.Dense, 256)]
    [InlineData(BlockDensity.Half, 2, BlockLayout.Dense, 64)]
    [InlineData(BlockDensity.Half, 3, BlockLayout.Mask, 80)]
    [InlineData(BlockDensity.Half, 4, BlockLayout.Mask, 96)]
    [InlineData(BlockDensity.Half, 8, BlockLayout.Mask, 160)]
    [InlineData(BlockDensity.Quarter, 2, BlockLayout.Mask, 48)]
    [InlineData(BlockDensity.Quarter, 4, BlockLayout.Mask, 64)]
    [InlineData(BlockDensity.Quarter, 8, BlockLayout.Mask, 96)]
    [InlineData(BlockDensity.Eighth, 2, BlockLayout.Index, 24)]
    [InlineData(BlockDensity.Eighth, 4, BlockLayout.Index, 32)]
    [InlineData(BlockDensity.Eighth, 8, BlockLayout.Index, 48)]
    [InlineData(BlockDensity.Absent, 4, BlockLayout.Absent, 0)]
    public void A_form_is_the_smallest_of_the_documented_ones(BlockDensity density, int bits, BlockLayout layout, int bytes)
    {
        BlockForm form = BlockForm.Of(density, bits);

        Assert.Equal((layout, bytes), (form.Layout, form.Bytes));
        Assert.Equal(layout == BlockLayout.Dense ? BlockDensity.Dense : density, form.Density);
    }

    [Fact]
    public void No_form_is_larger_than_dense_or_holds_less_than_asked_for()
    {
        for (int bits = 2; bits <= 8; bits++)
        {
            for (int nonZeros = 0; nonZeros <= 16; nonZeros++)
            {
                BlockForm form = BlockForm.Holding(nonZeros, bits);
                Assert.InRange(form.Bytes, 0, 32 * bits);
                Assert.InRange(form.Kept, nonZeros, 16);
                Assert.Equal(form, BlockForm.Of(form.Density, bits));
            }
        }
    }
}
