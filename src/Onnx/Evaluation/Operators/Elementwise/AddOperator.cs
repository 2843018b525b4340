namespace Flightc.Onnx.Evaluation;

/// <summary>The sum of two tensors.</summary>
internal sealed class AddOperator() : BinaryOperator(Define("Add", [7, 13, 14], ElementSet.Numbers))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => a + b;
}
