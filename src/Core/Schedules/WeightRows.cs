using Flightc.IR;

namespace Flightc.Schedules;

/// <summary>A block of at most 16 consecutive rows of a weight.</summary>
/// <param name="Weight">The weight.</param>
/// <param name="FirstRow">Its first row.</param>
/// <param name="RowCount">1 … 16.</param>
/// <param name="Format">Bits and group size of the weight.</param>
public readonly record struct WeightRows(string Weight, int FirstRow, int RowCount, QuantizedFormat Format);
