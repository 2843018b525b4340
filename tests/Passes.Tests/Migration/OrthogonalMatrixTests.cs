using Flightc.Diagnostics;
using Flightc.Passes.Migration;

namespace Flightc.Tests.Migration;

public sealed class OrthogonalMatrixTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(64)]
    [InlineData(80)]
    public void Lengths_and_angles_stay(int size)
    {
        double[][] columns = Columns(new OrthogonalMatrix(size, 5, "x"), size);
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < size; k++)
            {
                Assert.Equal(i == k ? 1 : 0, columns[i].Zip(columns[k], (x, y) => x * y).Sum(), 1e-12);
            }
        }
    }

    [Fact]
    public void A_power_of_two_spreads_one_feature_evenly_over_all()
    {
        Assert.All(Columns(new OrthogonalMatrix(32, 5, "x"), 32), c => Assert.All(c, x => Assert.Equal(1 / Math.Sqrt(32), Math.Abs(x), 1e-15)));
    }

    [Fact]
    public void Seeds_decide()
    {
        Assert.Equal(Columns(new OrthogonalMatrix(24, 1, "x"), 24), Columns(new OrthogonalMatrix(24, 1, "x"), 24));
        Assert.NotEqual(Columns(new OrthogonalMatrix(24, 1, "x"), 24), Columns(new OrthogonalMatrix(24, 2, "x"), 24));
    }

    [Fact]
    public void A_size_whose_odd_part_is_too_large_is_refused()
    {
        CompilationException e = Assert.Throws<CompilationException>(() => new OrthogonalMatrix(8194, 1, "layers.0.attn.v.weight"));
        Assert.Equal(Codes.QuantisationImpossible, e.Diagnostics[0].Code);
    }

    private static double[][] Columns(OrthogonalMatrix matrix, int size) =>
    [
        .. Enumerable.Range(0, size).Select(k =>
        {
            double[] unit = new double[size];
            unit[k] = 1;
            matrix.Apply(unit);
            return unit;
        }),
    ];
}
