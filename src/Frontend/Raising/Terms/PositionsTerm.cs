namespace Flightc.Raising;

/// <summary>x and, of a table, the row of the token's position.</summary>
internal sealed class PositionsTerm(Term x, RaisedWeight table, int offset) : Term(x.Columns)
{
    /// <summary>What is added to.</summary>
    public Term X => x;

    /// <summary>(positions, columns)</summary>
    public RaisedWeight Table => table;

    /// <summary>Rows before that of position 0.</summary>
    public int Offset => offset;
}
