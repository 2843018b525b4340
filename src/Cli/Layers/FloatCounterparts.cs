using Flightc.IR;

namespace Flightc.Cli.Layers;

/// <summary>Which value of a model's float graph each node of its compiled graph stands for.</summary>
/// <remarks>
/// A name means the same quantity in both (docs/graph.md §3); codes that were made behind a value stand for that value. A norm
/// whose weight in the image is not the model's, since scales of the matrices behind it were folded into it, is compared
/// after dividing them out again.
/// </remarks>
internal sealed class FloatCounterparts
{
    private readonly int[] _numbers;
    private readonly float[]?[] _factors;

    /// <summary>Pairs the nodes.</summary>
    /// <param name="compiled">Behind all passes.</param>
    /// <param name="floats">Before them.</param>
    /// <param name="compiledWeights">The norms of the image.</param>
    /// <param name="floatWeights">The norms of the model.</param>
    public FloatCounterparts(Graph compiled, Graph floats, IWeights compiledWeights, IWeights floatWeights)
    {
        Dictionary<string, int> byName = floats.Nodes.Select((node, number) => (node.Name, number)).ToDictionary(n => n.Name, n => n.number);
        _numbers = new int[compiled.Nodes.Count];
        _factors = new float[]?[compiled.Nodes.Count];
        Dictionary<int, int> byValue = [];
        for (int i = 0; i < _numbers.Length; i++)
        {
            Node node = compiled.Nodes[i];
            int same = byName.GetValueOrDefault(node.Name, -1);
            if (same < 0 && node.Op is Quantize or QuantizeHeads or RotaryQuantize)
            {
                same = byValue.GetValueOrDefault(node.Operands[0].Index, -1);
            }

            _numbers[i] = byValue[compiled.ValueOfNode(i).Index] =
                same >= 0 && floats.Nodes[same].Type.Columns == node.Type.Columns ? same : -1;
            if (_numbers[i] >= 0 && node.Op is Quantize && compiled.NodeOf(node.Operands[0])?.Op is RmsNorm or LayerNorm)
            {
                _factors[i] = _factors[Array.IndexOf(_numbers, same)];
            }

            if (_numbers[i] >= 0 && node.Op is RmsNormQuantize or RmsNorm { HeadDim: 0 } or LayerNorm && floats.Nodes[same].Op is RmsNorm or LayerNorm)
            {
                _factors[i] = Factors(
                    Read(compiledWeights, compiled.NameOf(node.Operands[1]), node),
                    Read(floatWeights, floats.NameOf(floats.Nodes[same].Operands[1]), node));
            }
        }
    }

    /// <summary>Number of the float graph's node; -1 where a node stands for none.</summary>
    public int Of(int node) => _numbers[node];

    /// <summary>What the elements of a node's rows are multiplied by before they are compared; null for nothing.</summary>
    public float[]? FactorsOf(int node) => _factors[node];

    private static float[] Read(IWeights weights, string name, Node node)
    {
        float[] values = new float[node.Type.Columns];
        weights.Read(name, 0, values);
        return values;
    }

    private static float[]? Factors(float[] compiled, float[] model) =>
        compiled.AsSpan().SequenceEqual(model) ? null : [.. compiled.Zip(model, (c, m) => c == 0 || m == 0 ? 1 : m / c)];
}
