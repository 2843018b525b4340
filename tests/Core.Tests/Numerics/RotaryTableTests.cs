using System.Numerics;
using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

public sealed class RotaryTableTests
{
    [Theory]
    [InlineData(10000, 32)]
    [InlineData(10000, 16)]
    [InlineData(10000, 80)]
    [InlineData(500000, 128)]
    [InlineData(1000000, 256)]
    [InlineData(1000000, 96)]
    [InlineData(1, 16)]
    public void Every_sampled_entry_is_the_nearest_single(int theta, int headDim)
    {
        Random random = new(theta + headDim);
        long[] positions =
        [
            0, 1, 2, 3, 63, 64, 65, 511, 8191, 65535, 131071, .. Enumerable.Range(0, 30).Select(_ => random.NextInt64(131072)),
        ];
        BigInteger[] frequencies =
            [.. Enumerable.Range(0, headDim / 2).Select(i => FixedPoint.InversePower(theta, 2 * i, headDim))];
        float[] row = new float[headDim];
        foreach (long position in positions)
        {
            RotaryTable.Fill(theta, headDim, position, 1, row);
            for (int i = 0; i < headDim / 2; i++)
            {
                BigInteger angle = position * frequencies[i];
                Assert.True(FixedPoint.IsNearest(row[i], FixedPoint.Cos(angle)), $"cos at {position}, {i}: {row[i]:R}");
                Assert.True(
                    FixedPoint.IsNearest(row[headDim / 2 + i], FixedPoint.Sin(angle)), $"sin at {position}, {i}: {row[i]:R}");
            }
        }
    }

    [Fact]
    public void A_row_does_not_depend_on_the_rows_asked_for_with_it()
    {
        const int HeadDim = 32, Count = 200;
        float[] whole = new float[Count * HeadDim];
        RotaryTable.Fill(10000, HeadDim, 0, Count, whole);
        float[] part = new float[101 * HeadDim];
        RotaryTable.Fill(10000, HeadDim, 37, 101, part);

        Assert.Equal(whole[(37 * HeadDim)..(138 * HeadDim)], part);
        for (int position = 0; position < Count; position++)
        {
            float[] row = new float[HeadDim];
            RotaryTable.Fill(10000, HeadDim, position, 1, row);
            Assert.Equal(whole[(position * HeadDim)..((position + 1) * HeadDim)], row);
        }
    }

    [Fact]
    public void Position_zero_is_no_rotation()
    {
        float[] row = new float[8];
        RotaryTable.Fill(10000, 8, 0, 1, row);

        Assert.Equal([1, 1, 1, 1, 0, 0, 0, 0], row);
    }

    [Fact]
    public void The_table_of_a_long_context_is_the_same_in_one_piece_and_far_out()
    {
        const int HeadDim = 128, Count = 131072;
        float[] whole = new float[Count * HeadDim];
        RotaryTable.Fill(500000, HeadDim, 0, Count, whole);
        float[] last = new float[HeadDim];
        RotaryTable.Fill(500000, HeadDim, Count - 1, 1, last);

        Assert.Equal(last, whole[^HeadDim..]);
        for (int i = 0; i < HeadDim / 2; i++)
        {
            Assert.InRange((last[i] * (double)last[i]) + (last[i + 64] * (double)last[i + 64]), 1 - 2e-7, 1 + 2e-7);
        }
    }

    [Theory]
    [InlineData(0.5, 32, 0, 1)]
    [InlineData(double.NaN, 32, 0, 1)]
    [InlineData(double.PositiveInfinity, 32, 0, 1)]
    [InlineData(10000, 31, 0, 1)]
    [InlineData(10000, 32, -1, 1)]
    [InlineData(10000, 32, 1L << 31, 1)]
    public void What_has_no_table_is_refused(double theta, int headDim, long first, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RotaryTable.Fill(theta, headDim, first, count, new float[headDim]));

    [Fact]
    public void Rows_of_another_length_are_refused() =>
        Assert.Throws<ArgumentException>(() => RotaryTable.Fill(10000, 32, 0, 2, new float[32]));
}
