using System.Runtime.Intrinsics;
using Flightc.Passes.Compression;

namespace Flightc.Passes.Tests.Compression;

public sealed class GroupErrorsTests
{
    [Theory]
    [InlineData(32, 4, 1)]
    [InlineData(64, 2, 2)]
    [InlineData(64, 8, 1)]
    [InlineData(128, 3, 2)]
    public void Errors_have_the_bits_of_one_weight_after_another(int count, int bits, int stride)
    {
        Random random = new(count + bits);
        float[] weights = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4) - 2)];
        (float least, float most) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        float[] steps = [.. Enumerable.Range(0, 8).Select(i => i * 0.31f / (1 << bits))];
        float[] inverses = [.. steps.Select(s => s > 0 ? 1 / s : 0)], negated = [.. steps.Select(s => -s)];

        Vector128<float> errors = GroupErrors.Of(
            ref weights[0], count, ref negated[0], ref inverses[0], stride, Vector512.Create(least), Vector512.Create(most));

        for (int i = 0; i < GroupErrors.Candidates; i++)
        {
            int step = i * stride;
            float[] lanes = new float[16];
            for (int k = 0; k < count; k++)
            {
                float code = Math.Clamp(MathF.Round(weights[k] * inverses[step]), least, most);
                float error = MathF.FusedMultiplyAdd(code, negated[step], weights[k]);
                lanes[k % 16] = MathF.FusedMultiplyAdd(error, error, lanes[k % 16]);
            }

            for (int half = 8; half > 0; half /= 2)
            {
                for (int lane = 0; lane < half; lane++)
                {
                    lanes[lane] += lanes[lane + half];
                }
            }

            Assert.Equal(BitConverter.SingleToUInt32Bits(lanes[0]), BitConverter.SingleToUInt32Bits(errors[i]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(77)]
    public void The_largest_magnitude_is_found_wherever_it_is(int count)
    {
        for (int place = 0; place < count; place++)
        {
            float[] weights = [.. Enumerable.Range(0, count).Select(i => (i % 5) - 2f)];
            weights[place] = -7;
            Assert.Equal(7, WeightMagnitudes.Largest(weights));
            weights[place] = float.NaN;
            Assert.False(float.IsFinite(WeightMagnitudes.Largest(weights)));
            weights[place] = float.NegativeInfinity;
            Assert.False(float.IsFinite(WeightMagnitudes.Largest(weights)));
        }

        Assert.Equal(0, WeightMagnitudes.Largest(new float[count]));
    }
}
