namespace Flightc.Onnx.Evaluation;

/// <summary>The remainder of a division: with the divisor's sign, or with the dividend's where <c>fmod</c> is 1.</summary>
internal sealed class ModOperator() : BinaryOperator(Define("Mod", [10, 13], ElementSet.Numbers) with { Attributes = [AttributeDefinition.Int("fmod", 0)] })
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call)
    {
        bool hasDividendSign = call.Flag("fmod");
        bool isFloat = ElementTypes.IsFloat(call.Type(0).ElementType);
        return (a, b) =>
        {
            if (!isFloat && T.IsZero(b))
            {
                throw call.Invalid("an integer is divided by 0");
            }

            // The remainder by -1 is 0; .NET would throw for the least integer.
            T rest = !isFloat && T.Zero - b == T.One ? T.Zero : a % b;
            return hasDividendSign || T.IsZero(rest) || T.IsNegative(rest) == T.IsNegative(b) ? rest : rest + b;
        };
    }
}
