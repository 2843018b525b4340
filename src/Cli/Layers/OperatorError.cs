namespace Flightc.Cli.Layers;

/// <summary>The error of one operator's results over the tokens of a sample.</summary>
/// <param name="Name">The operator's node, in the compiled graph.</param>
/// <param name="Operator">What it does, such as <c>linear</c>.</param>
/// <param name="Cosine">Between quantised and float rows, mean over tokens; null where nothing compares.</param>
/// <param name="Relative">‖quantised - float‖ ÷ ‖float‖, mean over tokens; null where nothing compares.</param>
/// <param name="MaxAbs">The largest |quantised - float|; null where nothing compares.</param>
/// <param name="Increase">Relative error beyond that of the operand with the largest; null where nothing compares.</param>
/// <param name="IsBad">Whether it is beyond a limit.</param>
/// <param name="Differing">Elements that the image computes otherwise than the quantised graph: 0, or there is a mistake in the
/// compiler or a fault in the file.</param>
internal sealed record OperatorError(
    string Name, string Operator, double? Cosine, double? Relative, double? MaxAbs, double? Increase, bool IsBad, long Differing);
