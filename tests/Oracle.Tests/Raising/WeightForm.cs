namespace Flightc.Tests;

/// <summary>How exporters store matrices.</summary>
public enum WeightForm
{
    /// <summary>Floats, (in, out).</summary>
    Floats,

    /// <summary>Codes of 4 bits (out, in) with scales and zero points for blocks, <c>DequantizeLinear</c> and <c>Transpose</c> behind them.</summary>
    Dequantised,

    /// <summary>Codes of 8 bits (in, out) with a scale for each column and <c>DequantizeLinear</c> behind them.</summary>
    Columns,

    /// <summary>The operand of <c>MatMulNBits</c>.</summary>
    Blocks,
}
