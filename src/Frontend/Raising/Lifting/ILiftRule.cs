using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Understands some nodes.</summary>
internal interface ILiftRule
{
    /// <summary>Says what a node's results mean, where it is one that the rule knows.</summary>
    /// <param name="node">A node of the data graph; whatever it needs was gone through before.</param>
    /// <param name="lifter">What is known so far.</param>
    /// <returns>Whether it is.</returns>
    bool TryLift(OnnxNode node, Lifter lifter);
}
