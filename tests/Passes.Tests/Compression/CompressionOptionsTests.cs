using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

public sealed class CompressionOptionsTests
{
    [Theory]
    [InlineData(QuantizationMethod.SecondOrder, PruningMethod.SparseGpt, true, true)]
    [InlineData(QuantizationMethod.Gptq, PruningMethod.Wanda, false, false)]
    public void Only_second_order_couples_rows_and_descends(QuantizationMethod method, PruningMethod pruning, bool isJoint, bool couples)
    {
        CompressionOptions options = CompressionOptions.Of(new CompressionWishes(method, pruning, isJoint));

        Assert.Equal((pruning, isJoint, couples, couples), (options.Pruning, options.IsJoint, options.CouplesRows, options.DescentPasses > 0 && options.Rounds > 1));
    }
}
