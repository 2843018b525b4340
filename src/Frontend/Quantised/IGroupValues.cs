namespace Flightc.Quantised;

/// <summary>A number for every row and group of columns: scales, or zero points. Reading is safe from several threads.</summary>
internal interface IGroupValues
{
    /// <summary>Groups of a row.</summary>
    int Groups { get; }

    /// <summary>Those of whole rows.</summary>
    /// <param name="firstRow">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">(count, groups).</param>
    void Read(long firstRow, int count, Span<float> values);
}
