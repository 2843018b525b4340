using System.Runtime.Intrinsics;
using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

public sealed class VectorRowsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(100)]
    public void Sums_are_those_of_binary64_to_rounding(int count)
    {
        RandomNumbers random = new((ulong)count);
        float[] x = random.Floats(count), y = random.Floats(count);
        double expected = x.Zip(y).Sum(p => (double)p.First * p.Second);

        Assert.Equal(expected, VectorRows.Dot(x, y), 1e-12);
        Assert.Equal(expected, VectorRows.ShortDot(x, y), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(64)]
    public void A_scaled_row_is_added_element_by_element_and_nothing_behind_it(int count)
    {
        RandomNumbers random = new((ulong)count);
        float[] x = random.Floats(count), y = random.Floats(count + 3);
        float[] expected = [.. y.Select((value, i) => i < count ? MathF.FusedMultiplyAdd(0.3f, x[i], value) : value)];

        VectorRows.AddScaled(0.3f, x, y);

        Assert.Equal(expected, y);
    }

    [Fact]
    public void Lanes_are_added_in_halves()
    {
        // In any other order some of these would be lost beside the large ones.
        float[] lanes = [1e8f, 1, 2, 3, 1e8f, 5, 6, 7, -1e8f, 9, 10, 11, -1e8f, 13, 14, 15];

        Assert.Equal(96, VectorRows.SumOfLanes(Vector512.Create(lanes)));
    }
}
