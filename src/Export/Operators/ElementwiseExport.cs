using Flightc.IR;

namespace Flightc.Export;

/// <summary>Sums and products of two values.</summary>
internal static class ElementwiseExport
{
    /// <summary>Writes the operation.</summary>
    /// <param name="context">The export.</param>
    /// <param name="node">Of two operands, neither a weight.</param>
    /// <param name="opType"><c>Add</c> or <c>Mul</c>.</param>
    public static ExportedValue Write(ExportContext context, Node node, string opType) =>
        new(context.ScopeOf(node).Add(opType, "", [context.Value(node, 0).Name, context.Value(node, 1).Name]));
}
