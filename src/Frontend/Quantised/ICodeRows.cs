namespace Flightc.Quantised;

/// <summary>The codes of a matrix as numbers, in (out, in) order, however they are packed. Reading is safe from several threads.</summary>
internal interface ICodeRows
{
    /// <summary>Outputs.</summary>
    long Rows { get; }

    /// <summary>Inputs.</summary>
    long Columns { get; }

    /// <summary>Bits of a code, 2 to 8; 0 where codes are floats.</summary>
    int Bits { get; }

    /// <summary>The zero point with which codes fill the range of two's complement: half the range where they have no sign, otherwise 0.</summary>
    int Centre { get; }

    /// <summary>Whole rows.</summary>
    /// <param name="firstRow">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">(count, columns).</param>
    void Read(long firstRow, int count, Span<float> values);
}
