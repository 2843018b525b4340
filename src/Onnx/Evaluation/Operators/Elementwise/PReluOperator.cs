namespace Flightc.Onnx.Evaluation;

/// <summary><c>x</c> from 0 on and <c>slope · x</c> below.</summary>
internal sealed class PReluOperator() : BinaryOperator(new OperatorDefinition("PRelu", [7, 9, 16])
{
    Inputs = [new("X", "T"), new("slope", "T")],
    Outputs = [new("Y", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    protected override Func<T, T, T> Function<T>(OperatorCall call) => static (x, slope) => T.IsNegative(x) ? slope * x : x;
}
