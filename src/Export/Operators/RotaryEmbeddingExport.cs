using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Export;

/// <summary>Rotary embedding in the layout of two halves: <c>x · cos + rotate_half(x) · sin</c>, with tables by position.</summary>
internal static class RotaryEmbeddingExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        RotaryEmbedding op = (RotaryEmbedding)node.Op;
        NodeScope scope = context.ScopeOf(node);
        string turned = Turn(context, scope, context.Value(node, 0).Name, node.Type.Columns, op.HeadDim, op.Angles);
        return new ExportedValue(scope.Reshape("", turned, -1, node.Type.Columns));
    }

    /// <summary>Turns the heads of every token.</summary>
    /// <param name="context">The export.</param>
    /// <param name="scope">The operation.</param>
    /// <param name="x">[tokens, columns]</param>
    /// <param name="columns">heads · d.</param>
    /// <param name="headDim">d.</param>
    /// <param name="angles">By how much.</param>
    /// <returns>[batch, sequence_length, heads, d]</returns>
    public static string Turn(ExportContext context, NodeScope scope, string x, long columns, int headDim, RotaryAngles angles)
    {
        (string cos, string sin) = context.Sequence.Rotary(angles);
        string heads = scope.Add("Reshape", "heads", [x, context.Sequence.ByHead((int)(columns / headDim), headDim)]);
        string[] parts = angles.Dim < headDim ? scope.Split("parts", heads, -1, angles.Dim, headDim - angles.Dim) : [heads];
        string[] halves = scope.Split("halves", parts[0], -1, angles.Dim / 2, angles.Dim / 2);
        string rotated = scope.Concat("rotated", [scope.Add("Neg", "negated", [halves[1]]), halves[0]], -1);
        string turned = scope.Add("Add", "turned", [scope.Add("Mul", "by_cos", [parts[0], cos]), scope.Add("Mul", "by_sin", [rotated, sin])]);
        return parts.Length == 1 ? turned : scope.Concat("all", [turned, parts[1]], -1);
    }
}
