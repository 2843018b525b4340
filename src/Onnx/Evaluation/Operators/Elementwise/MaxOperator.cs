namespace Flightc.Onnx.Evaluation;

/// <summary>The largest of any number of tensors.</summary>
internal sealed class MaxOperator() : BinaryOperator(DefineVariadic("Max", [6, 8, 12, 13], ElementSet.Numbers, "max"))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => T.Max(a, b);
}
