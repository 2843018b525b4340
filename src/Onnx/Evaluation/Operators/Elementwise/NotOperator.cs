namespace Flightc.Onnx.Evaluation;

/// <summary>Turns truth values.</summary>
internal sealed class NotOperator() : UnaryOperator("Not", [1], ElementSet.Bool)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => T.One - x;
}
