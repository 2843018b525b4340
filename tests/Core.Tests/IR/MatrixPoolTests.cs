using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class MatrixPoolTests
{
    private static readonly QuantizedFormat Format = new(4, 32);

    [Fact]
    public void A_matrix_that_came_back_is_given_again_where_the_shape_fits_and_once()
    {
        MatrixPool pool = new(1 << 20);
        QuantizedMatrix first = pool.Rent(16, 64, Format);
        pool.Return(first);

        Assert.NotSame(first.Codes, pool.Rent(16, 96, Format).Codes);
        QuantizedMatrix again = pool.Rent(16, 64, new QuantizedFormat(6, 32));
        Assert.Same(first.Codes, again.Codes);
        Assert.Equal(6, again.Format.Bits);
        Assert.NotSame(first.Codes, pool.Rent(16, 64, Format).Codes);
    }

    [Fact]
    public void Other_groups_are_another_shape()
    {
        MatrixPool pool = new(1 << 20);
        QuantizedMatrix first = pool.Rent(16, 128, Format);
        pool.Return(first);

        QuantizedMatrix other = pool.Rent(16, 128, new QuantizedFormat(4, 128));
        Assert.NotSame(first.Codes, other.Codes);
        Assert.Equal(16, other.Multipliers.Length);
    }

    [Fact]
    public void No_more_is_kept_than_is_allowed_and_the_oldest_goes_first()
    {
        QuantizedMatrix small = new MatrixPool(0).Rent(16, 32, Format), large = new MatrixPool(0).Rent(32, 32, Format);
        MatrixPool pool = new(large.Bytes + small.Bytes - 1);
        pool.Return(small);
        pool.Return(large);

        Assert.NotSame(small.Codes, pool.Rent(16, 32, Format).Codes);
        Assert.Same(large.Codes, pool.Rent(32, 32, Format).Codes);
    }
}
