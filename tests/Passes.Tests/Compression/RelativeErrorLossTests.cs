using Flightc.IR;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class RelativeErrorLossTests
{
    [Fact]
    public void The_loss_is_the_squared_error_of_the_stored_values_relative_to_the_weight()
    {
        QuantizedFormat format = new(3, 64, new Sparsity(8, 16));
        (Graph graph, RandomMatrix weights) = Model(24, 100);
        QuantizedMatrix matrix = RoundToNearest.Quantize(
            "matrix", 24, 100, format, (row, destination) => weights.Read("matrix", row * 100, destination), token: TestContext.Current.CancellationToken);
        double error = 0, square = 0;
        for (int i = 0; i < 2400; i++)
        {
            double value = weights.Values[i];
            double stored = (double)matrix.RowScales[i / 100] * matrix.Multipliers[(i / 100 * 2) + (i % 100 / 64)] * matrix.Codes[i];
            error += (stored - value) * (stored - value);
            square += value * value;
        }

        double loss = new RelativeErrorLoss(graph, weights).LossOf("matrix", format);

        Assert.Equal(error / square, loss, 1e-12);
        Assert.InRange(loss, 0.02, 0.5);
    }

    [Fact]
    public void More_bits_and_smaller_groups_lose_less_whatever_the_number_of_threads()
    {
        (Graph graph, RandomMatrix weights) = Model(1000, 256);
        RelativeErrorLoss one = new(graph, weights) { Threads = 1 }, many = new(graph, weights) { Threads = 4 };
        double[] bits = [.. Enumerable.Range(2, 7).Select(b => one.LossOf("matrix", new QuantizedFormat(b, 64)))];
        double[] groups = [.. new[] { 128, 64, 32 }.Select(g => one.LossOf("matrix", new QuantizedFormat(4, g)))];

        Assert.All(bits.Zip(bits[1..]), pair => Assert.True(pair.Second < pair.First));
        Assert.All(groups.Zip(groups[1..]), pair => Assert.True(pair.Second < pair.First));
        Assert.Equal(bits[2], many.LossOf("matrix", new QuantizedFormat(4, 64)));
    }

    [Fact]
    public void A_weight_of_zeros_loses_nothing()
    {
        (Graph graph, RandomMatrix weights) = Model(4, 64);
        weights.Values.AsSpan().Clear();

        Assert.Equal(0, new RelativeErrorLoss(graph, weights).LossOf("matrix", new QuantizedFormat(2, 32)));
    }

    private static (Graph Graph, RandomMatrix Weights) Model(int rows, int columns)
    {
        GraphBuilder builder = new("test", 8);
        builder.Weight(new Weight("matrix", new TensorType(ElementType.BF16, rows, columns)));
        return (builder.Build(), new RandomMatrix(new RandomNumbers(5).Floats(rows * columns)));
    }

    private sealed class RandomMatrix(float[] values) : IWeights
    {
        public float[] Values => values;

        public bool HasData => true;

        public void Read(string name, long start, Span<float> destination) => values.AsSpan((int)start, destination.Length).CopyTo(destination);

        public string HashOf(string name) => "";
    }
}
