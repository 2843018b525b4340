namespace Flightc.Raising;

/// <summary>The sum of two rows.</summary>
internal sealed class SumTerm(Term left, Term right) : Term(left.Columns)
{
    /// <summary>One of them.</summary>
    public Term Left => left;

    /// <summary>The other.</summary>
    public Term Right => right;
}
