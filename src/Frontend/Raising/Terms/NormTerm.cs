using Flightc.Models;

namespace Flightc.Raising;

/// <summary>A norm of rows, or of every head of a row by itself.</summary>
internal sealed class NormTerm(Term x, NormKind kind, float epsilon, int size, RaisedWeight? weight = null, RaisedWeight? bias = null) : Term(x.Columns)
{
    /// <summary>What is normed.</summary>
    public Term X => x;

    /// <summary>By the mean square, or by mean and variance.</summary>
    public NormKind Kind => kind;

    /// <summary>What is added below the root.</summary>
    public float Epsilon => epsilon;

    /// <summary>Numbers that are normed together: all of a row, or those of a head.</summary>
    public int Size => size;

    /// <summary>(size), or null for ones.</summary>
    public RaisedWeight? Weight => weight;

    /// <summary>(size), or null.</summary>
    public RaisedWeight? Bias => bias;
}
