using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary><c>Mul(embedding, scale)</c> ⇒ embedding with a scale.</summary>
internal sealed class EmbeddingScaleRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Mul" } || lifter.WithConstant(node) is not var (view, _, constant) || view.Term is not EmbeddingTerm embedding
            || constant.Type.ElementCount != 1)
        {
            return false;
        }

        lifter.Set(node.Outputs[0], view.Of(new EmbeddingTerm(embedding.Table, embedding.Scale * TensorElements.ToFloats(constant.Value)[0])));
        return true;
    }
}
