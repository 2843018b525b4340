using Flightc.IR;

namespace Flightc.Export;

/// <summary><c>f(gate) · up</c></summary>
internal static class GatedActivationExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        string gate = ActivationExport.Apply(context, scope, "gate", ((GatedActivation)node.Op).Function, context.Value(node, 0).Name);
        return new ExportedValue(scope.Add("Mul", "", [gate, context.Value(node, 1).Name]));
    }
}
