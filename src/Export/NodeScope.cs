using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Adds the ONNX nodes of one operation of the Graph, named behind it: <c>layers.0.attn.out/scores</c>.</summary>
/// <param name="nodes">Where to.</param>
/// <param name="prefix">The operation's name, which its result has.</param>
internal sealed class NodeScope(NodeList nodes, string prefix)
{
    /// <summary>The name that the result of the operation has.</summary>
    public string Result => prefix;

    /// <summary>Constants and raw nodes.</summary>
    public NodeList Nodes => nodes;

    /// <summary>A scope within this one.</summary>
    public NodeScope Within(string part) => new(nodes, $"{prefix}/{part}");

    /// <summary>Adds a node.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="part">What it is within the operation; empty for its result.</param>
    /// <param name="inputs">Names.</param>
    /// <param name="attributes">Those that differ from their defaults.</param>
    /// <returns>The name of the node's result.</returns>
    public string Add(string opType, string part, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
        nodes.Add(opType, NameOf(part), inputs, attributes);

    /// <summary>Adds a conversion of the elements.</summary>
    public string Cast(string part, string x, OnnxElementType type) => Add("Cast", part, [x], new IntAttribute("to", (long)type));

    /// <summary>Adds a change of the shape; 0 keeps an extent, -1 is the rest.</summary>
    public string Reshape(string part, string x, params ReadOnlySpan<long> shape) => Add("Reshape", part, [x, nodes.Integers(shape)]);

    /// <summary>Adds a change of the order of axes.</summary>
    public string Transpose(string part, string x, params IReadOnlyList<long> axes) => Add("Transpose", part, [x], new IntsAttribute("perm", axes));

    /// <summary>Adds a new axis of extent 1.</summary>
    public string Unsqueeze(string part, string x, params ReadOnlySpan<long> axes) => Add("Unsqueeze", part, [x, nodes.Integers(axes)]);

    /// <summary>Adds a joining along an axis.</summary>
    public string Concat(string part, ReadOnlySpan<string> values, long axis) => Add("Concat", part, values, new IntAttribute("axis", axis));

    /// <summary>Adds a reduction over the last axis, which stays with extent 1.</summary>
    /// <param name="opType"><c>ReduceMean</c>, <c>ReduceMax</c> or <c>ReduceSum</c>.</param>
    /// <param name="part">As in <see cref="Add"/>.</param>
    /// <param name="x">The value.</param>
    public string Reduce(string opType, string part, string x)
    {
        // Axes became an input in opset 13 for sums and in 18 for the others.
        bool areInputs = nodes.Opset >= (opType == "ReduceSum" ? 13 : 18);
        return areInputs ? Add(opType, part, [x, nodes.Integers(-1)]) : Add(opType, part, [x], new IntsAttribute("axes", [-1]));
    }

    /// <summary>Adds a cut along an axis into pieces.</summary>
    /// <returns>Their names.</returns>
    public string[] Split(string part, string x, long axis, params ReadOnlySpan<long> sizes)
    {
        string[] pieces = new string[sizes.Length];
        for (int i = 0; i < pieces.Length; i++)
        {
            pieces[i] = NameOf($"{part}.{i}");
        }

        nodes.Add("Split", NameOf(part), pieces, [x, nodes.Integers(sizes)], new IntAttribute("axis", axis));
        return pieces;
    }

    private string NameOf(string part) => part.Length == 0 ? prefix : $"{prefix}/{part}";
}
