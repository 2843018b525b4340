using Flightc.Compression;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// The loss that needs no data: the squared error of rounding to the nearest codes, as a share of the weight's own
/// square.
/// </summary>
/// <remarks>
/// For inputs without a direction this is the relative error of the weight's product, <c>‖Ŵ - W‖² ÷ ‖W‖²</c>. It takes
/// every product to matter alike, knows no activations, and is no KL: it ranks formats of one weight well, and weights
/// against each other poorly. Of a large matrix a sample of rows is looked at, spread evenly.
/// </remarks>
/// <param name="graph">Says shapes.</param>
/// <param name="weights">The floats.</param>
public sealed class RelativeErrorLoss(Graph graph, IWeights weights) : ICandidateLoss
{
    // The error of a row differs little from that of its neighbours: a sample is right to a few percent.
    private const int MostRows = 256;

    private readonly Dictionary<string, Weight> _described = graph.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);

    /// <summary>The most threads to use; -1 for as many as there are processors. No loss depends on it.</summary>
    public int Threads { get; init; } = -1;

    /// <inheritdoc/>
    public double LossOf(string role, QuantizedFormat format)
    {
        Weight weight = _described[role];
        int columns = checked((int)weight.Type.Columns);
        long rows = weight.Type.Shape[0].Size;
        int count = (int)Math.Min(rows, MostRows);
        long RowOf(int sample) => sample * rows / count;

        QuantizedMatrix matrix = RoundToNearest.Quantize(
            role, count, columns, format, (sample, row) => weights.Read(role, RowOf(sample) * columns, row), Threads);
        double error = 0, square = 0;
        float[] floats = new float[columns];
        for (int row = 0; row < count; row++)
        {
            weights.Read(role, RowOf(row) * columns, floats);
            for (int column = 0; column < columns; column++)
            {
                long at = ((long)row * columns) + column;
                double stored = (double)matrix.RowScales[row]
                    * matrix.Multipliers[(row * matrix.Groups) + (column / format.GroupSize)] * matrix.Codes[at];
                double difference = stored - floats[column];
                error += difference * difference;
                square += (double)floats[column] * floats[column];
            }
        }

        return square > 0 ? error / square : 0;
    }
}
