using Flightc.Reference;

namespace Flightc.Tests;

public sealed class FloatSumTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(320)]
    [InlineData(448)]
    [InlineData(1000)]
    public void Sums_and_products_are_in_the_order_of_the_contract(int count)
    {
        Random random = new(count);
        float[] x = Numbers(random, count);
        float[] matrix = Numbers(random, 7 * (count + 3));

        Assert.Equal(Defined(x), FloatSum.Of(x));
        for (int rows = 0; rows <= 7; rows++)
        {
            float[] y = new float[rows];
            FloatSum.Products(x, matrix, count + 3, y);
            Assert.Equal(
                Enumerable.Range(0, rows).Select(r => Defined([.. x.Select((v, k) => v * matrix[r * (count + 3) + k])])), y);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(100)]
    public void What_lies_behind_the_columns_of_a_row_does_not_count(int count)
    {
        Random random = new(count);
        float[] x = Numbers(random, count);
        float[] matrix = Numbers(random, 90 * (count + 70));
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = i % (count + 70) < count ? matrix[i] : float.NaN;
        }

        float[] y = new float[90];
        FloatSum.Products(x, matrix, count + 70, y);
        Assert.Equal(
            Enumerable.Range(0, 90).Select(r => Defined([.. x.Select((v, k) => v * matrix[(r * (count + 70)) + k])])), y);
    }

    [Fact]
    public void The_order_is_not_that_of_a_plain_loop()
    {
        // 1 is lost beside 2^25, unless the large ones, which are neighbours in a lane, cancel first.
        float[] v = new float[64];
        (v[0], v[1], v[16]) = (1 << 25, 1, -(1 << 25));

        Assert.Equal(1, FloatSum.Of(v));
    }

    // docs/numerics.md 1.1, word by word.
    private static float Defined(float[] v)
    {
        List<float> sums = [];
        for (int start = 0; start < v.Length || start == 0; start += 64)
        {
            float[] segment = [.. v.Skip(start).Take(64), .. new float[Math.Max(0, start + 64 - v.Length)]];
            float[] lanes = [.. Enumerable.Range(0, 16).Select(j => ((segment[j] + segment[j + 16]) + segment[j + 32]) + segment[j + 48])];
            foreach (int w in (int[])[8, 4, 2, 1])
            {
                lanes = [.. Enumerable.Range(0, w).Select(j => lanes[j] + lanes[j + w])];
            }

            sums.Add(lanes[0]);
        }

        while (sums.Count > 1)
        {
            sums = [.. sums.Chunk(2).Select(pair => pair.Length == 2 ? pair[0] + pair[1] : pair[0])];
        }

        return sums[0];
    }

    private static float[] Numbers(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Exp(random.Next(-8, 8))))];
}
