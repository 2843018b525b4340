using Flightc.Numerics;
using Flightc.Reference;

namespace Flightc.Tests;

public sealed class RotaryRowsTests
{
    [Fact]
    public void Rows_are_those_of_the_table_in_whatever_order_they_are_asked_for()
    {
        float[] expected = new float[2000 * 16];
        RotaryTable.Fill(10000, 16, 0, 2000, expected);
        RotaryRows rows = new();
        foreach ((int first, int count) in new[] { (3, 1), (0, 128), (500, 40), (1990, 10), (0, 2000) })
        {
            Assert.Equal(expected[(first * 16)..((first + count) * 16)], rows.Of(new RotaryAngles(10000, 16), first, count).ToArray());
        }

        RotaryTable.Fill(500, 8, 0, 2, expected.AsSpan(0, 16));
        Assert.Equal(expected[..16], rows.Of(new RotaryAngles(500, 8), 0, 2).ToArray());
    }
}
