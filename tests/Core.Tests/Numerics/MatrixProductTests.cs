using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

public sealed class MatrixProductTests
{
    private static readonly int[] OddSizes = [1, 15, 17, 33, 255, 257];

    [Theory]
    [InlineData(3, 1)]
    [InlineData(300, 7)]
    [InlineData(40, 601)]
    public void The_lower_half_of_a_gram_matrix_has_the_bits_of_the_whole(int tokens, int size)
    {
        RandomNumbers random = new(5);
        float[] x = random.Floats(tokens * size);
        float[] whole = new float[size * size], half = new float[size * size];
        MatrixProduct.AddGram(x, whole, tokens, size);
        MatrixProduct.AddLowerGram(x, half, tokens, size);
        MatrixProduct.Mirror(half, size);
        Assert.Equal(whole, half);
    }

    [Fact]
    public void A_product_is_that_of_binary64_to_rounding_whatever_the_sizes()
    {
        RandomNumbers random = new(1);
        foreach (int m in OddSizes)
        {
            foreach (int k in OddSizes)
            {
                int n = OddSizes[random.Below(OddSizes.Length)];
                float[] a = random.Floats(m * k), b = random.Floats(k * n), c = random.Floats(m * n);
                float[] product = (float[])c.Clone(), transposed = (float[])c.Clone();

                MatrixProduct.Add(a, b, product, m, k, n);
                MatrixProduct.AddTransposed(a, Transposed(b, k, n), transposed, m, k, n);

                AssertNear(Naive(a, k, b, n, c, n, m, k, n), product, k);
                Assert.Equal(product, transposed);
            }
        }
    }

    [Theory]
    [InlineData(33, 257, 255)]
    [InlineData(257, 300, 33)]
    [InlineData(8, 1000, 96)]
    public void Every_number_of_threads_gives_the_same_bits(int m, int k, int n)
    {
        RandomNumbers random = new(2);
        float[] a = random.Floats(m * k), b = random.Floats(k * n), transposed = Transposed(b, k, n);
        float[][] results = [.. new[] { 1, 2, 4, -1 }.Select(threads =>
        {
            float[] c = new float[m * n], other = new float[m * n], gram = new float[n * n];
            MatrixProduct.Add(a, b, c, m, k, n, threads);
            MatrixProduct.AddTransposed(a, transposed, other, m, k, n, threads);
            MatrixProduct.AddGram(b, gram, k, n, threads);
            return (float[])[.. c, .. other, .. gram];
        })];

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void Parts_of_larger_matrices_leave_the_rest_alone()
    {
        const int aStride = 300, bStride = 70, cStride = 55;
        RandomNumbers random = new(3);
        foreach ((int m, int k, int n) in new[] { (9, 259, 37), (16, 16, 32), (1, 1, 1), (17, 128, 48) })
        {
            float[] a = random.Floats(m * aStride), b = random.Floats(k * bStride), c = random.Floats(m * cStride);
            float[] result = (float[])c.Clone();

            MatrixProduct.Add(a.AsMemory(3), aStride, b.AsMemory(5), bStride, result.AsMemory(7), cStride, m, k, n, 2);

            float[] expected = Naive(a[3..], aStride, b[5..], bStride, c[7..], cStride, m, k, n);
            for (int i = 0; i < c.Length; i++)
            {
                bool isPart = i >= 7 && (i - 7) / cStride < m && (i - 7) % cStride < n;
                Assert.Equal(isPart ? expected[i - 7] : c[i], result[i], isPart ? 1e-4f : 0f);
            }
        }
    }

    [Fact]
    public void A_part_that_is_not_within_its_matrix_is_refused()
    {
        float[] small = new float[8 * 32 - 1], large = new float[4096];

        Assert.Throws<ArgumentException>(() => MatrixProduct.Add(small, 32, large, 32, large, 32, 8, 32, 32, 1));
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add(large, 32, small, 32, large, 32, 8, 8, 32, 1));
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add(large, 32, large, 32, small, 32, 8, 32, 32, 1));
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add(large, 31, large, 32, large, 32, 8, 32, 32, 1));
        Assert.Throws<ArgumentException>(() => MatrixProduct.Add(small, large, large, 8, 32, 32, 1));
    }

    [Fact]
    public void A_gram_matrix_is_symmetric_to_the_bit()
    {
        const int tokens = 300, size = 65;
        float[] x = new RandomNumbers(4).Floats(tokens * size);
        float[] gram = new float[size * size];

        MatrixProduct.AddGram(x, gram, tokens, size);

        AssertNear(Naive(Transposed(x, tokens, size), tokens, x, size, new float[size * size], size, size, tokens, size), gram, tokens);
        Assert.Equal(Transposed(gram, size, size), gram);
    }

    [Fact]
    public void Nothing_is_added_where_a_size_is_0()
    {
        float[] c = [1, 2, 3, 4];
        MatrixProduct.Add(Array.Empty<float>(), Array.Empty<float>(), c, 2, 0, 2);

        Assert.Equal([1, 2, 3, 4], c);
    }

    private static float[] Naive(float[] a, int aStride, float[] b, int bStride, float[] c, int cStride, int m, int k, int n)
    {
        float[] result = (float[])c.Clone();
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = c[(row * cStride) + column];
                for (int i = 0; i < k; i++)
                {
                    sum += (double)a[(row * aStride) + i] * b[(i * bStride) + column];
                }

                result[(row * cStride) + column] = (float)sum;
            }
        }

        return result;
    }

    // A sum of k products of numbers up to 1.
    private static void AssertNear(float[] expected, float[] found, int k)
    {
        float bound = 1e-7f * (4 + k);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(found[i] - expected[i], -bound, bound);
        }
    }

    private static float[] Transposed(float[] x, int rows, int columns)
    {
        float[] result = new float[x.Length];
        MatrixProduct.Transpose(x, result, rows, columns);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(x[i], result[(i % columns * rows) + (i / columns)]);
        }

        return result;
    }
}
