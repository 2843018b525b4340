using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>
/// The quadratic form of the errors of one row, all other rows as they are: <c>H = G[n,n]·A + s[n]·B</c> of a
/// <see cref="CompressionProblem"/>.
/// </summary>
internal readonly struct RowForm
{
    private readonly CompressionProblem _problem;
    private readonly float _input;
    private readonly float _lookup;

    /// <summary>The form of a row.</summary>
    public RowForm(CompressionProblem problem, int row)
    {
        _problem = problem;
        _input = problem.Output is null ? problem.RowWeights[row] : problem.Output[(row * problem.Rows) + row];
        _lookup = problem.Lookup is null ? 0 : problem.LookupShares[row];
    }

    /// <summary>Whether errors of the row cost anything.</summary>
    public bool IsPositive => _input > 0 || _lookup > 0;

    /// <summary>H[k,k]</summary>
    public float Diagonal(int k)
    {
        int at = (k * _problem.Columns) + k;
        return (_input * _problem.Input[at]) + (_lookup > 0 ? _lookup * _problem.Lookup![at] : 0);
    }

    /// <summary><c>y += factor · H[k,·]</c></summary>
    public void AddRow(float factor, int k, Span<float> y)
    {
        int columns = _problem.Columns;
        VectorRows.AddScaled(factor * _input, _problem.Input.AsSpan(k * columns, columns), y);
        if (_lookup > 0)
        {
            VectorRows.AddScaled(factor * _lookup, _problem.Lookup.AsSpan(k * columns, columns), y);
        }
    }

    /// <summary><c>cᵀ·H·c</c> of consecutive columns.</summary>
    /// <param name="values">c</param>
    /// <param name="first">The first column.</param>
    public double Of(ReadOnlySpan<float> values, int first)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
            {
                int at = ((first + i) * _problem.Columns) + first;
                float part = _input * VectorRows.ShortDot(_problem.Input.AsSpan(at, values.Length), values);
                part += _lookup > 0 ? _lookup * VectorRows.ShortDot(_problem.Lookup.AsSpan(at, values.Length), values) : 0;
                sum += (double)part * values[i];
            }
        }

        return sum;
    }
}
