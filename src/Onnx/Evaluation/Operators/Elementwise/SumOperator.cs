namespace Flightc.Onnx.Evaluation;

/// <summary>The sum of any number of tensors.</summary>
internal sealed class SumOperator() : BinaryOperator(DefineVariadic("Sum", [6, 8, 13], ElementSet.Floats, "sum"))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => a + b;
}
