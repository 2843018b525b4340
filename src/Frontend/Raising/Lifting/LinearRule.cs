using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>MatMul(x, w)</c>, <c>Gemm(x, w, b)</c> ⇒ linear.</summary>
internal sealed class LinearRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node.Domain.Length > 0 || node.OpType is not ("MatMul" or "Gemm") || lifter.ViewOf(node.Inputs[0]) is not { } x
            || lifter.Graph.ConstantOf(node.Inputs[1]) is not { Type.Rank: 2 } w)
        {
            return false;
        }

        bool isGemm = node.OpType == "Gemm";
        if (isGemm && (Flag("transA") || Number("alpha") != 1))
        {
            return lifter.Refuse(node, "a product with transA or alpha cannot be raised");
        }

        RaisedWeight weight = RaisedWeight.Matrix(w, isTransposed: !(isGemm && Flag("transB")));
        RaisedWeight? bias = null;
        if (isGemm && node.Inputs.Count > 2 && node.Inputs[2].Length > 0)
        {
            if (lifter.Graph.ConstantOf(node.Inputs[2]) is not { } c || c.Type.ElementCount != weight.Shape[0] || Number("beta") != 1)
            {
                return lifter.Refuse(node, "a product that adds something else than one number for each column cannot be raised");
            }

            bias = RaisedWeight.Vector(c);
        }

        if (x.Rows((int)weight.Shape[1]) is not { } rows || x.Shape[^1] != weight.Shape[1])
        {
            return lifter.Refuse(node, "what is multiplied are not rows of tokens");
        }

        LinearTerm term = new(rows.Term, weight, bias);
        lifter.Set(node.Outputs[0], View.OfRows(term, rows.Tokens, [.. x.Shape.SkipLast(1), term.Columns]));
        return true;

        bool Flag(string name) => node.Attributes.GetValueOrDefault(name) is IntAttribute { Value: not 0 };
        float Number(string name) => node.Attributes.GetValueOrDefault(name) is FloatAttribute number ? number.Value : 1;
    }
}
