using Flightc.IR;

namespace Flightc.Export;

/// <summary>RMS norm and codes in one sweep: the norm's factor enters the scale alone.</summary>
internal static class RmsNormQuantizeExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        string x = context.Value(node, 0).Name;
        string weighted = scope.Add("Mul", "weighted", [x, context.Weights.Floats(context.Weight(node, 1))]);
        (string codes, string scale) = ContractCodes.Rows(scope, weighted);
        string factor = QuantizedNormExport.Factor(scope, x, node.Type.Columns, ((RmsNormQuantize)node.Op).Epsilon);
        return new ExportedValue(codes, scope.Add("Mul", "normed_scales", [scale, factor]));
    }
}
