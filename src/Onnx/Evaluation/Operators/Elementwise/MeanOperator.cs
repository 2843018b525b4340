namespace Flightc.Onnx.Evaluation;

/// <summary>The mean of any number of tensors.</summary>
internal sealed class MeanOperator() : BinaryOperator(DefineVariadic("Mean", [6, 8, 13], ElementSet.Floats, "mean"))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (a, b) => a + b;

    /// <inheritdoc/>
    protected override Func<T, T>? Last<T>(OperatorCall call) => sum => sum / T.CreateTruncating(call.InputCount);
}
