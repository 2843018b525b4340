namespace Flightc.Onnx.Evaluation;

/// <summary>The quotient of two tensors, element by element; of integers truncated.</summary>
internal sealed class DivOperator() : BinaryOperator(Define("Div", [7, 13, 14], ElementSet.Numbers))
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call)
    {
        if (ElementTypes.IsFloat(call.Type(0).ElementType))
        {
            return static (a, b) => a / b;
        }

        // The least integer divided by -1 is itself again, as everywhere where integers wrap; .NET would throw.
        return (a, b) => T.IsZero(b) ? throw call.Invalid("an integer is divided by 0") : T.Zero - b == T.One ? T.Zero - a : a / b;
    }
}
