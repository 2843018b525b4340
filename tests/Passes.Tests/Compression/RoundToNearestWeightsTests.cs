using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class RoundToNearestWeightsTests
{
    [Fact]
    public void Codes_are_made_once_where_they_are_kept()
    {
        CountingWeights weights = new();
        RoundToNearestWeights quantized = new(Describe(), weights);
        QuantizedMatrix[] made = new QuantizedMatrix[8];
        Parallel.For(0, made.Length, i => made[i] = quantized.Get("matrix"));

        Assert.All(made, m => Assert.Same(made[0], m));
        Assert.Equal(40, weights.Reads);
        Assert.Equal((40, 96, new QuantizedFormat(4, 32)), (made[0].Rows, made[0].Columns, made[0].Format));
    }

    [Fact]
    public void Codes_are_made_anew_but_alike_where_they_are_not_kept()
    {
        RoundToNearestWeights quantized = new(Describe(), new CountingWeights(), keep: false);
        QuantizedMatrix first = quantized.Get("matrix"), second = quantized.Get("matrix");

        Assert.NotSame(first, second);
        Assert.Equal(first.Codes, second.Codes);
        Assert.Equal(first.Multipliers, second.Multipliers);
        Assert.Equal(first.RowScales, second.RowScales);
    }

    [Theory]
    [InlineData("float")]
    [InlineData("norm")]
    [InlineData("unheard")]
    public void What_has_no_codes_is_refused(string name)
    {
        RoundToNearestWeights quantized = new(Describe(), new CountingWeights());

        Assert.Equal(
            Codes.GraphInvalid, Assert.Throws<CompilationException>(() => quantized.Get(name)).Diagnostics[0].Code);
    }

    private static Graph Describe()
    {
        GraphBuilder builder = new("test", 8);
        builder.Weight(new Weight("matrix", new TensorType(ElementType.BF16, 40, 96), Format: new QuantizedFormat(4, 32)));
        builder.Weight(new Weight("float", new TensorType(ElementType.BF16, 40, 96)));
        builder.Weight(new Weight("norm", new TensorType(ElementType.BF16, 96), Format: new QuantizedFormat(4, 32)));
        return builder.Build();
    }

    private sealed class CountingWeights : IWeights
    {
        private int _reads;

        public int Reads => _reads;

        public bool HasData => true;

        public void Read(string name, long start, Span<float> destination)
        {
            Interlocked.Increment(ref _reads);
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = ((start + i) * 7919 % 1009) - 504;
            }
        }

        public string HashOf(string name) => "";
    }
}
