namespace Flightc.Raising;

/// <summary>What a value of the data graph means: a row of numbers for each token. Terms are compared by identity.</summary>
/// <param name="columns">Numbers in a row.</param>
internal abstract class Term(int columns)
{
    /// <summary>Numbers in a row.</summary>
    public int Columns => columns;
}
