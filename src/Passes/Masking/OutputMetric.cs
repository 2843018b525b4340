namespace Flightc.Passes.Masking;

/// <summary>
/// How far a change of one head's output moves the residual stream: <c>‖W_h Δ‖ = ‖R Δ‖</c> with W_h the head's columns of
/// the projection behind attention and R upper triangular, <c>RᵀR = W_hᵀ W_h</c> (Cholesky). R has d rows, however wide the
/// stream is.
/// </summary>
internal sealed class OutputMetric
{
    // (d, d), row by row; zeros below the diagonal.
    private readonly double[] _root;
    private readonly int _d;

    /// <summary>Makes R.</summary>
    /// <param name="projection">(hidden, heads · d)</param>
    /// <param name="width">heads · d.</param>
    /// <param name="head">The head.</param>
    /// <param name="d">Elements of a head.</param>
    public OutputMetric(ReadOnlySpan<float> projection, int width, int head, int d)
    {
        _d = d;
        _root = new double[d * d];
        for (int row = 0; row < projection.Length; row += width)
        {
            ReadOnlySpan<float> w = projection.Slice(row + (head * d), d);
            for (int i = 0; i < d; i++)
            {
                for (int j = i; j < d; j++)
                {
                    _root[(i * d) + j] += (double)w[i] * w[j];
                }
            }
        }

        Factor();
    }

    /// <summary>R x.</summary>
    /// <param name="x">(d)</param>
    /// <param name="result">(d)</param>
    public void Apply(ReadOnlySpan<double> x, Span<float> result)
    {
        for (int i = 0; i < _d; i++)
        {
            double sum = 0;
            for (int j = i; j < _d; j++)
            {
                sum += _root[(i * _d) + j] * x[j];
            }

            result[i] = (float)sum;
        }
    }

    // Row by row; a direction that the projection does not see at all gets a row of zeros.
    private void Factor()
    {
        double largest = 0;
        for (int i = 0; i < _d; i++)
        {
            largest = Math.Max(largest, _root[(i * _d) + i]);
        }

        for (int i = 0; i < _d; i++)
        {
            double pivot = _root[(i * _d) + i];
            double scale = pivot > largest * 1e-12 ? 1 / Math.Sqrt(pivot) : 0;
            for (int j = i; j < _d; j++)
            {
                _root[(i * _d) + j] *= scale;
            }

            for (int k = i + 1; k < _d; k++)
            {
                double factor = _root[(i * _d) + k];
                for (int j = k; j < _d; j++)
                {
                    _root[(k * _d) + j] -= factor * _root[(i * _d) + j];
                }
            }
        }
    }
}
