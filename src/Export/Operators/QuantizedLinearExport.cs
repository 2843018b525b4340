using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Products of codes: exact sums of integers, in binary64, then <c>(S × scale) × sum</c>.</summary>
internal static class QuantizedLinearExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        Linear op = (Linear)node.Op;
        NodeScope scope = context.ScopeOf(node);
        ExportedValue x = context.Value(node, 0);
        Weight weight = context.Weight(node, 1);
        string codes = scope.Cast("codes", x.Name, OnnxElementType.Double);
        string sums = scope.Add("Gemm", "exact_sums", [codes, context.Weights.Integers(weight)], new IntAttribute("transB", 1));
        string factors = scope.Add("Mul", "factors", [context.Weights.Codes(weight).RowScales, x.Scale]);
        string result = scope.Add("Mul", op.HasResidual || op.HasBias ? "product" : "", [factors, scope.Cast("sums", sums, OnnxElementType.Float)]);
        if (op.HasResidual)
        {
            result = scope.Add("Add", op.HasBias ? "sum" : "", [context.Value(node, op.ResidualOperand).Name, result]);
        }

        return new ExportedValue(op.HasBias ? scope.Add("Add", "", [result, context.Weights.Floats(context.Weight(node, 2))]) : result);
    }
}
