using Flightc.IR;

namespace Flightc.Export;

/// <summary><c>c · tanh(x ÷ c)</c>.</summary>
internal static class SoftCapExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        float cap = ((SoftCap)node.Op).Cap;
        return new ExportedValue(context.IsQuantized
            ? ContractFunctions.Cap(scope, "", context.Value(node, 0).Name, cap)
            : Cap(scope, context.Value(node, 0).Name, cap));
    }

    /// <summary>Writes the formula; the result has the scope's name.</summary>
    public static string Cap(NodeScope scope, string x, float cap)
    {
        string limit = scope.Nodes.Float(cap);
        return scope.Add("Mul", "", [scope.Add("Tanh", "tanh", [scope.Add("Div", "share", [x, limit])]), limit]);
    }
}
