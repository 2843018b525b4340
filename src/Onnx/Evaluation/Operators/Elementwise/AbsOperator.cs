namespace Flightc.Onnx.Evaluation;

/// <summary>Size without sign.</summary>
internal sealed class AbsOperator() : UnaryOperator("Abs", [6, 13], ElementSet.Numbers)
{
    /// <inheritdoc/>
    protected override T Function<T>(T x) => T.IsNegative(x) ? T.Zero - x : x;
}
