using Flightc.IR;

namespace Flightc.Models;

/// <summary>A tensor that is stored as codes.</summary>
public interface ICodeSource : ITensorSource
{
    /// <summary>The format that holds the codes of some rows without changing a value, or null.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="reason">Why there is none; empty where there is one.</param>
    QuantizedFormat? FindFormat(long firstRow, long rows, out string reason);

    /// <summary>The codes of rows for which there is a format.</summary>
    QuantizedMatrix ReadCodes(long firstRow, int rows);
}
