namespace Flightc.Onnx.Evaluation;

/// <summary>The difference of two tensors.</summary>
internal sealed class SubOperator() : BinaryOperator(Define("Sub", [7, 13, 14], ElementSet.Numbers))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => a - b;
}
