using Flightc.Timing;

namespace Flightc.Tests;

public sealed class ReleaseCurveTests
{
    [Fact]
    public void Bytes_leave_evenly_between_two_times_and_unknown_ones_never()
    {
        ReleaseCurve curve = new();
        curve.Append(100, 10, 20);
        curve.Append(50, 30, 40);
        Assert.Equal(0, curve.TimeOf(-5));
        Assert.Equal(0, curve.TimeOf(0));
        Assert.Equal(15, curve.TimeOf(50));
        Assert.Equal(20, curve.TimeOf(100));
        Assert.Equal(25.0, curve.ReleasedBy(35) - 100);
        Assert.Equal(35, curve.TimeOf(125));
        Assert.Equal(double.PositiveInfinity, curve.TimeOf(151));
    }

    [Fact]
    public void Any_number_of_pieces_can_wait_to_be_asked_for()
    {
        ReleaseCurve curve = new();
        int asked = 0;
        for (int piece = 0; piece < 1000; piece++)
        {
            curve.Append(2, 3 * piece, (3 * piece) + 2);
            if (piece % 3 == 0)
            {
                asked++;
                Assert.Equal((3 * (asked - 1)) + 1, curve.TimeOf((2 * asked) - 1));
            }
        }

        Assert.Equal(2999, curve.TimeOf(2000));
    }
}
