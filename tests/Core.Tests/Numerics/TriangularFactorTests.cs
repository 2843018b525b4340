using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

public sealed class TriangularFactorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void The_factors_multiply_to_the_matrix(int size)
    {
        float[] matrix = PositiveDefinite(size);
        TriangularFactor factor = TriangularFactor.Of(matrix, size)!;

        Assert.Equal(size, factor.Size);
        for (int i = 0; i < size; i++)
        {
            Assert.True(factor.Diagonal[i] > 0);
            for (int j = 0; j < size; j++)
            {
                Assert.True(j >= i ? i != j || factor.Upper[(i * size) + j] == 1 : factor.Upper[(i * size) + j] == 0);
                double sum = 0;
                for (int k = Math.Max(i, j); k < size; k++)
                {
                    sum += (double)factor.Upper[(i * size) + k] * factor.Diagonal[k] * factor.Upper[(j * size) + k];
                }

                Assert.Equal(matrix[(i * size) + j], sum, 2e-5);
            }
        }
    }

    [Theory]
    [InlineData(65)]
    [InlineData(200)]
    public void Bits_do_not_depend_on_threads_and_the_matrix_is_not_changed(int size)
    {
        float[] matrix = PositiveDefinite(size), before = (float[])matrix.Clone();
        TriangularFactor one = TriangularFactor.Of(matrix, size, 1)!, two = TriangularFactor.Of(matrix, size, 2)!, four = TriangularFactor.Of(matrix, size, 4)!;

        Assert.Equal(before, matrix);
        Assert.Equal(one.Upper, two.Upper);
        Assert.Equal(one.Upper, four.Upper);
        Assert.Equal(one.Diagonal, four.Diagonal);
    }

    [Theory]
    [InlineData(0, 0, 0f)]
    [InlineData(0, 0, -1f)]
    [InlineData(99, 99, 0f)]
    [InlineData(70, 70, 1e-40f)] // its inverse overflows
    [InlineData(5, 5, float.NaN)]
    [InlineData(5, 5, float.PositiveInfinity)]
    [InlineData(80, 3, float.NaN)]
    [InlineData(80, 3, float.PositiveInfinity)]
    [InlineData(80, 3, 1e3f)] // larger than both of its diagonal
    [InlineData(30, 3, float.NegativeInfinity)]
    public void There_is_no_factor_of_a_matrix_that_is_not_positive_definite(int row, int column, float value)
    {
        const int size = 100;
        float[] matrix = PositiveDefinite(size);
        matrix[(row * size) + column] = matrix[(column * size) + row] = value;
        if (row == column && value is >= 0 and < 1)
        {
            for (int i = 0; i < size; i++)
            {
                matrix[(row * size) + i] = matrix[(i * size) + row] = i == row ? value : 0;
            }
        }

        Assert.Null(TriangularFactor.Of(matrix, size));
    }

    [Fact]
    public void A_singular_matrix_has_no_factor_before_it_is_damped()
    {
        const int size = 70;
        float[] direction = [.. Enumerable.Range(0, size).Select(i => (float)(1 + (i % 3)))];
        float[] matrix = new float[size * size];
        MatrixProduct.AddGram(direction, matrix, 1, size);
        Assert.Null(TriangularFactor.Of(matrix, size));

        for (int i = 0; i < size; i++)
        {
            matrix[(i * size) + i] += 0.1f;
        }

        Assert.All(TriangularFactor.Of(matrix, size)!.Diagonal, d => Assert.InRange(d, 0.099f, 10f));
    }

    // A Gram matrix of twice as many rows, whose diagonal is about 1/3.
    private static float[] PositiveDefinite(int size)
    {
        float[] x = new RandomNumbers((ulong)size).Floats(2 * size * size, (float)(1 / Math.Sqrt(2 * size)));
        float[] matrix = new float[size * size];
        MatrixProduct.AddGram(x, matrix, 2 * size, size);
        return matrix;
    }
}
