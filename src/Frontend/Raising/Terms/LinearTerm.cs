namespace Flightc.Raising;

/// <summary><c>x · wᵀ + b</c></summary>
internal sealed class LinearTerm(Term x, RaisedWeight weight, RaisedWeight? bias = null) : Term((int)weight.Shape[0])
{
    /// <summary>What is multiplied.</summary>
    public Term X => x;

    /// <summary>(columns, columns of x)</summary>
    public RaisedWeight Weight => weight;

    /// <summary>(columns), or null.</summary>
    public RaisedWeight? Bias => bias;
}
