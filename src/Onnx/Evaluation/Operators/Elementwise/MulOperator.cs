namespace Flightc.Onnx.Evaluation;

/// <summary>The product of two tensors, element by element.</summary>
internal sealed class MulOperator() : BinaryOperator(Define("Mul", [7, 13, 14], ElementSet.Numbers))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => a * b;
}
