namespace Flightc.Backend.Packing;

/// <summary>Up to 16 consecutive rows of a weight: the unit in which a product's rows are stored and computed.</summary>
/// <param name="Weight">Name of the weight.</param>
/// <param name="FirstRow">Row of the weight that is the block's first.</param>
/// <param name="RowCount">1 … 16; the block's other rows are padding.</param>
public readonly record struct RowBlock(string Weight, int FirstRow, int RowCount);
