namespace Flightc.Onnx.Evaluation;

/// <summary>What is above 0.</summary>
internal sealed class ReluOperator() : UnaryOperator("Relu", [6, 13, 14], ElementSet.Floats | ElementSet.Signed)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => T.IsNegative(x) ? T.Zero : x;
}
