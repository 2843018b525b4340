namespace Flightc.Passes.Compression;

/// <summary>Reads one row of a matrix, in canonical (out, in) order. Called from several threads.</summary>
public delegate void RowReader(int row, Span<float> destination);
