namespace Flightc.Onnx.Evaluation;

/// <summary>The opposite number.</summary>
internal sealed class NegOperator() : UnaryOperator("Neg", [6, 13], ElementSet.Floats | ElementSet.Signed)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => -x;
}
