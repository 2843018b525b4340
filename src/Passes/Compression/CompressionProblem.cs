using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>
/// One matrix that is to be stored in few bits: its weights, and the quadratic form that says what an error E costs:
/// <c>½ · tr(G · E · A · Eᵀ)</c>, and where tokens are looked up in it <c>½ · Σ s[n] · E[n] · B · E[n]ᵀ</c> besides.
/// </summary>
/// <param name="Name">Role of the weight, for messages.</param>
/// <param name="Rows">N</param>
/// <param name="Columns">K</param>
/// <param name="Weights">W, (N, K)</param>
/// <param name="Input">A, (K, K); damped where it is factored.</param>
/// <param name="Output">G, (N, N), likewise; null where rows count by themselves.</param>
/// <param name="RowWeights">Diagonal of G, (N): what an error in a row costs beside others.</param>
internal sealed record CompressionProblem(
    string Name, int Rows, int Columns, float[] Weights, float[] Input, float[]? Output, float[] RowWeights)
{
    /// <summary>B, (K, K): the lookup moment, where tokens are looked up in the matrix; else null.</summary>
    public float[]? Lookup { get; init; }

    /// <summary>s, (N): the share of tokens that each row is, likewise; else empty.</summary>
    public float[] LookupShares { get; init; } = [];

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

    /// <summary>W minus the values of a finished matrix, (N, K).</summary>
    /// <param name="matrix">As <see cref="CodeGrid.Finish"/> gives it.</param>
    /// <param name="exponent">Power of two by which the weights were divided before.</param>
    public float[] ErrorOf(QuantizedMatrix matrix, int exponent)
    {
        float[] error = (float[])Weights.Clone();
        for (int row = 0; row < Rows; row++)
        {
            float scale = MathF.ScaleB(matrix.RowScales[row], -exponent);
            for (int k = 0; k < Columns; k++)
            {
                int multiplier = matrix.Multipliers[(row * matrix.Groups) + (k / matrix.Format.GroupSize)];
                error[(row * Columns) + k] -= scale * multiplier * matrix.Codes[(row * Columns) + k];
            }
        }

        return error;
    }

    /// <summary>What an error costs, in nats per token.</summary>
    /// <param name="error">E, (N, K)</param>
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

        if (Lookup is not null)
        {
            Array.Clear(ea);
            MatrixProduct.Add(error, Lookup, ea, Rows, Columns, Columns, Threads);
            for (int row = 0; row < Rows; row++)
            {
                sum += LookupShares[row] * VectorRows.Dot(error.AsSpan(row * Columns, Columns), ea.AsSpan(row * Columns, Columns));
            }
        }

        return sum / 2;
    }
}
