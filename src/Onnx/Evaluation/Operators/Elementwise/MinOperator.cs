namespace Flightc.Onnx.Evaluation;

/// <summary>The smallest of any number of tensors.</summary>
internal sealed class MinOperator() : BinaryOperator(DefineVariadic("Min", [6, 8, 12, 13], ElementSet.Numbers, "min"))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => T.Min(a, b);
}
