namespace Flightc.Cli.Layers;

/// <summary>What the errors of one operator add up to over some tokens; added in one order, whatever the threads.</summary>
internal struct OperatorSums
{
    private long _tokens;
    private double _cosines, _relatives, _largest;

    /// <summary>Elements that an image computes otherwise than the quantised graph says.</summary>
    public long Differing { get; set; }

    /// <summary>Tokens whose float row is not all zero: cosine and relative error are those of these.</summary>
    public readonly long Tokens => _tokens;

    /// <summary>Mean of the cosines between rows; NaN for no tokens.</summary>
    public readonly double Cosine => _cosines / _tokens;

    /// <summary>Mean of ‖row - float row‖ ÷ ‖float row‖; NaN for no tokens.</summary>
    public readonly double Relative => _relatives / _tokens;

    /// <summary>The largest |row - float row| of an element.</summary>
    public readonly double MaxAbs => _largest;

    /// <summary>Both together.</summary>
    public static OperatorSums operator +(OperatorSums a, OperatorSums b) => new()
    {
        _tokens = a._tokens + b._tokens,
        _cosines = a._cosines + b._cosines,
        _relatives = a._relatives + b._relatives,
        _largest = Math.Max(a._largest, b._largest),
        Differing = a.Differing + b.Differing,
    };

    /// <summary>Adds the rows of a token.</summary>
    /// <param name="row">What quantised operators gave.</param>
    /// <param name="expected">What float operators gave; as long.</param>
    public void Add(ReadOnlySpan<float> row, ReadOnlySpan<float> expected)
    {
        double product = 0, squares = 0, expectedSquares = 0, differences = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double x = row[i], y = expected[i], d = x - y;
            product += x * y;
            squares += x * x;
            expectedSquares += y * y;
            differences += d * d;
            _largest = Math.Max(_largest, Math.Abs(d));
        }

        if (expectedSquares > 0)
        {
            _tokens++;
            _cosines += squares > 0 ? product / Math.Sqrt(squares * expectedSquares) : 0;
            _relatives += Math.Sqrt(differences / expectedSquares);
        }
    }
}
