using Flightc.IR;

namespace Flightc.Export;

/// <summary>Codes and a scale for every token.</summary>
internal static class QuantizeExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        (string codes, string scale) = ContractCodes.Rows(context.ScopeOf(node), context.Value(node, 0).Name);
        return new ExportedValue(codes, scale);
    }
}
