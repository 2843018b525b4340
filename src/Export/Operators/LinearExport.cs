using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Matrix products: <c>Gemm</c> with the weight as it is, (out, in); a product of codes by <see cref="QuantizedLinearExport"/>.</summary>
internal static class LinearExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        if (context.Graph.TypeOf(node.Operands[0]).Element != ElementType.F32)
        {
            return QuantizedLinearExport.Write(context, node);
        }

        Linear op = (Linear)node.Op;
        NodeScope scope = context.ScopeOf(node);
        List<string> inputs = [context.Value(node, 0).Name, context.Weights.Floats(context.Weight(node, 1))];
        if (op.HasBias)
        {
            inputs.Add(context.Weights.Floats(context.Weight(node, 2)));
        }

        string product = scope.Add("Gemm", op.HasResidual ? "product" : "", [.. inputs], new IntAttribute("transB", 1));
        return new ExportedValue(op.HasResidual ? scope.Add("Add", "", [context.Value(node, op.ResidualOperand).Name, product]) : product);
    }
}
