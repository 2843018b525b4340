using Flightc.IR;

namespace Flightc.Passes.Migration;

/// <summary>The biases that are added to what products and norms make: whoever changes the rows of a weight changes its bias likewise.</summary>
internal sealed class Biases
{
    private readonly Dictionary<string, string> _byWeight = new(StringComparer.Ordinal);

    /// <param name="graph">A valid one.</param>
    public Biases(Graph graph)
    {
        foreach (Node node in graph.Nodes.Where(n => n.Op is Linear { HasBias: true } or LayerNorm { HasBias: true }))
        {
            _byWeight.TryAdd(graph.NameOf(node.Operands[1]), graph.NameOf(node.Operands[2]));
        }
    }

    /// <summary>Changes the rows of a weight, and its bias with it.</summary>
    /// <param name="changes">Gets the changes, by role.</param>
    /// <param name="weight">The role of a matrix, or of a norm's weight.</param>
    /// <param name="rows">The change.</param>
    public void Change(Dictionary<string, WeightChange> changes, string weight, FeatureChange rows)
    {
        changes[weight] = changes.GetValueOrDefault(weight, new WeightChange()) with { Rows = rows };
        if (_byWeight.TryGetValue(weight, out string? bias))
        {
            changes[bias] = new WeightChange(Rows: rows);
        }
    }
}
