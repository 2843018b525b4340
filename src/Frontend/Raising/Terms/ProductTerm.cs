namespace Flightc.Raising;

/// <summary>The product of two rows, number by number.</summary>
internal sealed class ProductTerm(Term left, Term right) : Term(left.Columns)
{
    /// <summary>One of them.</summary>
    public Term Left => left;

    /// <summary>The other.</summary>
    public Term Right => right;
}
