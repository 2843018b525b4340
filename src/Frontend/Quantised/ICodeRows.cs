namespace Flightc.Quantised;

/// <summary>The codes of a matrix as numbers, in (out, in) order, however they are packed. Reading is safe from several threads.</summary>
internal interface ICodeRows
{
    /// <summary>Outputs.</summary>
    long Rows { get; }

    /// <summary>Inputs.</summary>
    long Columns { get; }

    /// <summary>Whole rows.</summary>
    /// <param name="firstRow">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">(count, columns).</param>
    void Read(long firstRow, int count, Span<float> values);
}
