using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>
/// One matrix that is to be stored in few bits: its weights, and the quadratic form <c>½ · tr(G · E · A · Eᵀ)</c> that says what an
/// error E costs.
/// </summary>
/// <param name="Name">Role of the weight, for messages.</param>
/// <param name="Rows">N</param>
/// <param name="Columns">K</param>
/// <param name="Weights">W, (N, K)</param>
/// <param name="Input">A, (K, K), damped so that it can be factored.</param>
/// <param name="Output">G, (N, N), likewise; null where rows count by themselves.</param>
/// <param name="RowWeights">Diagonal of G, (N): what an error in a row costs beside others.</param>
internal sealed record CompressionProblem(
    string Name, int Rows, int Columns, float[] Weights, float[] Input, float[]? Output, float[] RowWeights)
{
    /// <summary>The most threads to use; -1 for as many as there are processors.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>W minus the values of a grid, (N, K).</summary>
    public float[] ErrorOf(CodeGrid grid)
    {
        float[] error = new float[Weights.Length];
        for (int row = 0; row < Rows; row++)
        {
            Span<float> e = error.AsSpan(row * Columns, Columns);
            grid.ReadRow(row, e);
            ReadOnlySpan<float> w = Weights.AsSpan(row * Columns, Columns);
            for (int k = 0; k < e.Length; k++)
            {
                e[k] = w[k] - e[k];
            }
        }

        return error;
    }

    /// <summary><c>½ · tr(G · E · A · Eᵀ)</c> of the damped moments.</summary>
    public double LossOf(CodeGrid grid) => LossOf(ErrorOf(grid));

    /// <summary>Likewise of an error, (N, K).</summary>
    public double LossOf(float[] error)
    {
        float[] ea = new float[error.Length];
        MatrixProduct.Add(error, Input, ea, Rows, Columns, Columns, Threads);
        float[] left = error;
        if (Output is not null)
        {
            left = new float[error.Length];
            MatrixProduct.Add(Output, error, left, Rows, Rows, Columns, Threads);
        }

        double sum = 0;
        for (int row = 0; row < Rows; row++)
        {
            double part = VectorRows.Dot(left.AsSpan(row * Columns, Columns), ea.AsSpan(row * Columns, Columns));
            sum += Output is null ? RowWeights[row] * part : part;
        }

        return sum / 2;
    }
}
