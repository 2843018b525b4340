namespace Flightc.Onnx.Evaluation;

/// <summary>-1, 0 or 1; NaN stays.</summary>
internal sealed class SignOperator() : UnaryOperator("Sign", [9, 13], ElementSet.Numbers)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => T.IsZero(x) || T.IsNaN(x) ? x : T.IsNegative(x) ? T.Zero - T.One : T.One;
}
