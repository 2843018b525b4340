namespace Flightc.Raising;

/// <summary>Rows of a table by token id, times a scale.</summary>
internal sealed class EmbeddingTerm(RaisedWeight table, float scale = 1) : Term((int)table.Shape[1])
{
    /// <summary>(vocabulary, columns)</summary>
    public RaisedWeight Table => table;

    /// <summary>What rows are multiplied by.</summary>
    public float Scale => scale;
}
