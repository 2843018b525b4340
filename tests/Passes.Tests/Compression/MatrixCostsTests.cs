using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

public sealed class MatrixCostsTests
{
    private static readonly Weight Down = Of(4096, 11008, new QuantizedFormat(4, 64));

    [Fact]
    public void What_is_kept_of_a_matrix_is_what_it_is_made_of()
    {
        long kept = MatrixCosts.Of(Down, CompressionWishes.WithoutData).Kept;
        long matrix = (4096L * 11008) + (4096 * 172) + (4 * 4096);
        Assert.InRange(kept, matrix, matrix + 4096);
        Assert.Equal(kept, MatrixCosts.Of(Down, new CompressionWishes(QuantizationMethod.Gptq, PruningMethod.Magnitude)).Kept);
    }

    [Fact]
    public void Rounding_takes_little_beside_it_and_methods_with_moments_take_most()
    {
        long rounding = MatrixCosts.Of(Down, CompressionWishes.WithoutData).Working;
        long gptq = MatrixCosts.Of(Down, new CompressionWishes(QuantizationMethod.Gptq, PruningMethod.Magnitude)).Working;
        Assert.InRange(rounding, 1, 4096L * 11008 * Environment.ProcessorCount);

        // W and one moment as floats at least.
        Assert.InRange(gptq, (4L * 4096 * 11008) + (4L * 11008 * 11008), 16L << 30);
        Weight sparse = Of(4096, 11008, new QuantizedFormat(4, 64, Sparsity.Parse("8:16")!.Value));
        CompressionWishes wanda = new(QuantizationMethod.RoundToNearest, PruningMethod.Wanda);
        Assert.InRange(MatrixCosts.Of(sparse, wanda).Working, (4L * 4096 * 11008) + (4L * 11008 * 11008), gptq);
        Assert.Equal(rounding, MatrixCosts.Of(Down, wanda).Working);
    }

    [Fact]
    public void What_is_no_matrix_with_a_format_costs_nothing() =>
        Assert.Equal(default, MatrixCosts.Of(new Weight("norm.weight", new TensorType(ElementType.BF16, [new Dim(64)])), CompressionWishes.WithoutData));

    private static Weight Of(long rows, long columns, QuantizedFormat format) =>
        new("w", new TensorType(ElementType.BF16, [new Dim(rows), new Dim(columns)]), Format: format);
}
