using System.Globalization;
using System.Text.RegularExpressions;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Raising;

/// <summary>
/// A small ONNX graph as text: <c>x: float[1,2,past,4]</c> for an input, <c>w = float[4,8]</c> for random numbers, <c>c = 0.5</c>, <c>s = [0, -1]</c> for integers, <c>[0.5, 1]</c> for
/// numbers, <c>y = Add(x, w) axis=1</c> for a node (an operator may have its domain before it), <c>opset 17</c> before all.
/// </summary>
internal static partial class GraphNotation
{
    public static OnnxGraph Parse(IEnumerable<string> lines)
    {
        int opset = 17;
        List<OnnxValue> inputs = [];
        List<OnnxNode> nodes = [];
        Dictionary<string, OnnxTensor> constants = [];
        foreach (string line in lines.Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            if (line.StartsWith("opset ", StringComparison.Ordinal))
            {
                opset = int.Parse(line["opset ".Length..], CultureInfo.InvariantCulture);
            }
            else if (Declaration().Match(line) is { Success: true } input)
            {
                inputs.Add(new OnnxValue(input.Groups[1].Value, Type(input.Groups[2].Value), [.. Extents(input.Groups[3].Value).Select(Extent)]));
            }
            else if (Operation().Match(line) is { Success: true } node)
            {
                nodes.Add(Node(node, opset, nodes.Count));
            }
            else
            {
                string[] parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
                constants[parts[0]] = Constant(parts[0], parts[1]);
            }
        }

        OnnxValue output = new(nodes[^1].Outputs[0], OnnxElementType.Float, null);
        return new OnnxGraph("fixture", inputs, [output], constants, nodes, new Dictionary<string, OnnxValue>());
    }

    private static OnnxNode Node(Match match, int opset, int number)
    {
        string operation = match.Groups[2].Value;
        int dot = operation.LastIndexOf('.');
        Dictionary<string, OnnxAttribute> attributes = [];
        foreach (Match attribute in Attribute().Matches(match.Groups[4].Value))
        {
            string name = attribute.Groups[1].Value, value = attribute.Groups[2].Value;
            attributes[name] = value.StartsWith('[') ? new IntsAttribute(name, [.. Extents(value[1..^1]).Select(Long)])
                : long.TryParse(value, CultureInfo.InvariantCulture, out long integer) ? new IntAttribute(name, integer)
                : float.TryParse(value, CultureInfo.InvariantCulture, out float real) ? new FloatAttribute(name, real) : new StringAttribute(name, value);
        }

        return new OnnxNode(
            $"node {number}", dot < 0 ? "" : operation[..dot], operation[(dot + 1)..], dot < 0 ? opset : 1,
            [.. match.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries)], [.. match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)], attributes);
    }

    private static OnnxTensor Constant(string name, string text)
    {
        if (Declared().Match(text) is { Success: true } random)
        {
            long[] shape = [.. Extents(random.Groups[1].Value).Select(Long)];
            RandomNumbers numbers = new((ulong)name.Aggregate(7, (hash, c) => (hash * 31) + c));
            return Named(TensorElements.Of([.. numbers.Floats((int)shape.Aggregate(1L, (n, d) => n * d), 0.5f).Select(v => v + 0.75f)], shape), name);
        }

        if (!text.StartsWith('['))
        {
            return Named(TensorElements.Of([float.Parse(text, CultureInfo.InvariantCulture)]), name);
        }

        string[] values = Extents(text[1..^1]);
        return Named(
            values.Any(v => v.Contains('.', StringComparison.Ordinal))
                ? TensorElements.Of([.. values.Select(v => float.Parse(v, CultureInfo.InvariantCulture))], values.Length)
                : TensorElements.Of([.. values.Select(Long)], values.Length),
            name);
    }

    private static OnnxTensor Named(OnnxTensor tensor, string name) => new(tensor.ElementType, [.. tensor.Shape], tensor.Data, name);

    private static string[] Extents(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static OnnxDim Extent(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out long size) ? new OnnxDim(size, "") : new OnnxDim(null, text);

    private static long Long(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static OnnxElementType Type(string name) => name == "int64" ? OnnxElementType.Int64 : OnnxElementType.Float;

    [GeneratedRegex(@"^([\w.]+): (\w+)\[([^\]]*)\]$")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^float\[([^\]]*)\]$")]
    private static partial Regex Declared();

    [GeneratedRegex(@"^([\w., ]+?) = ([\w.]+)\(([^)]*)\)(.*)$")]
    private static partial Regex Operation();

    [GeneratedRegex(@"(\w+)=(\[[^\]]*\]|\S+)")]
    private static partial Regex Attribute();
}
