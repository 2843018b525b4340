namespace Flightc.Onnx.Evaluation;

/// <summary>All bits turned.</summary>
internal sealed class BitwiseNotOperator() : UnaryOperator("BitwiseNot", [18], ElementSet.Integers)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => T.Zero - T.One - x;
}
