namespace Flightc.Onnx.Evaluation;

/// <summary>What is above 0; NaN stays, although its sign may be negative.</summary>
internal sealed class ReluOperator() : UnaryOperator("Relu", [6, 13, 14], ElementSet.Floats | ElementSet.Signed)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => x < T.Zero ? T.Zero : x;
}
