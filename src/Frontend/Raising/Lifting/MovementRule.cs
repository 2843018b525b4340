using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Reshapes, transpositions, slices and the like ⇒ the same elements in other places.</summary>
internal sealed class MovementRule : ILiftRule
{
    // Their first input is moved; what else they take says how.
    private static readonly HashSet<string> Moving = new(StringComparer.Ordinal)
    {
        "Transpose", "Slice", "Split", "Gather", "GatherElements", "GatherND", "Expand", "Tile", "Dropout",
    };

    // What they say is in the result's shape.
    private static readonly HashSet<string> Reshaping = new(StringComparer.Ordinal) { "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten" };

    /// <summary>Names of the operators, all of the standard.</summary>
    public static IEnumerable<string> Operators => [.. Moving, .. Reshaping, "Cast", "Concat"];

    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node.Domain.Length > 0 || lifter.ViewOf(node.Inputs.Count > 0 ? node.Inputs[0] : "") is not { } view)
        {
            return false;
        }

        if (node.OpType == "Cast")
        {
            // Rounding to half precision and back is noise of the export: a Graph computes in binary32.
            bool isFloat = IsFloat(lifter.Graph.TypeOf(node.Inputs[0]).ElementType);
            if (isFloat != IsFloat(lifter.Graph.TypeOf(node.Outputs[0]).ElementType) || (!isFloat && view.Term is not IdsTerm))
            {
                return false;
            }

            lifter.Set(node.Outputs[0], view);
            return true;
        }

        if (Reshaping.Contains(node.OpType))
        {
            lifter.Set(node.Outputs[0], view.Reshaped(lifter.Graph.TypeOf(node.Outputs[0]).Shape));
            return true;
        }

        if (node.OpType == "Concat")
        {
            return JoinsParts(node, lifter, view) && Move(node, lifter, view, () => [.. node.Inputs.Select(i => lifter.ViewOf(i)!.Index.Tensor)], null);
        }

        return Moving.Contains(node.OpType)
            && node.Inputs.Skip(1).All(i => i.Length == 0 || lifter.Graph.ConstantOf(i) is not null)
            && Move(node, lifter, view, () => [view.Index.Tensor, .. node.Inputs.Skip(1).Select(i => lifter.Graph.ConstantOf(i)?.Value)], KeyOf(node, lifter, view));
    }

    private static bool JoinsParts(OnnxNode node, Lifter lifter, View first) => node.Inputs.All(i => lifter.ViewOf(i)?.Term == first.Term);

    // Layers move alike: where elements go is found once.
    private static string? KeyOf(OnnxNode node, Lifter lifter, View view) => NodeKey.OfOperator(node) is not { } operation
        ? null
        : $"move {operation} {(view.IsInOrder ? string.Join(',', view.Shape) : $"of {lifter.NumberOf(view.Index)}")} by {string.Join(',', node.Inputs.Skip(1).Select(i => i.Length == 0 ? -1 : lifter.Graph.NumberOf(lifter.Graph.ConstantOf(i)!)))}";

    private static bool Move(OnnxNode node, Lifter lifter, View view, Func<OnnxTensor?[]> inputs, string? key)
    {
        if (key is null || !lifter.Findings.TryGetValue(key, out object? known))
        {
            // The operator may be one that is defined for floats alone.
            bool isDropout = node.OpType == "Dropout";
            OnnxNode moved = isDropout ? node with { OpType = "Identity", Inputs = [node.Inputs[0]], Outputs = [node.Outputs[0]], Attributes = NoAttributes } : node;
            IReadOnlyList<OnnxTensor?> results = lifter.Graph.Evaluator.RunNode(moved, isDropout ? inputs()[..1] : inputs());
            known = results.Select(r => r is null ? null : new ViewIndex(r)).ToArray();
            if (key is not null)
            {
                lifter.Findings[key] = known;
            }
        }

        ViewIndex?[] indices = (ViewIndex?[])known!;
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] is { } index)
            {
                lifter.Set(node.Outputs[i], new View(view.Term, index));
            }
        }

        return true;
    }

    private static Dictionary<string, OnnxAttribute> NoAttributes { get; } = [];

    private static bool IsFloat(OnnxElementType type) =>
        type is OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Double;
}
