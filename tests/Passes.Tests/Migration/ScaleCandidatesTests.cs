using Flightc.Passes.Migration;

namespace Flightc.Tests.Migration;

public sealed class ScaleCandidatesTests
{
    [Fact]
    public void Powers_of_eighths_are_made_of_square_roots()
    {
        for (int eighths = 0; eighths <= 8; eighths++)
        {
            Assert.Equal(Math.Exp(Math.Log(7.3) * eighths / 8), ScaleCandidates.Power(7.3, eighths), 1e-12);
        }

        Assert.Equal(0, ScaleCandidates.Power(0, 3));
        Assert.Equal(1, ScaleCandidates.Power(0, 0));
    }
}
