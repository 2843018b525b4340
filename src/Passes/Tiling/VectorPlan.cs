using System.Globalization;
using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>
/// Which vectors every layer takes from scratch, and where they lie there. Those of two layers are there together: one layer's are
/// loaded while the layer before attends, long before they are wanted.
/// </summary>
internal sealed class VectorPlan
{
    private const int Turns = 2;

    private readonly List<VectorUse>[] _layers;
    private readonly Dictionary<string, List<VectorUse>> _users = new(StringComparer.Ordinal);
    private readonly bool _isGated;

    private VectorPlan(GraphRoles roles, IReadOnlyList<StreamStep> order, bool isGated)
    {
        _isGated = isGated;

        // The last one is that of the norm in front of the head.
        _layers = [.. Enumerable.Range(0, roles.Attentions.Count + 1).Select(_ => new List<VectorUse>())];
        NormsOfLayer = order.GroupBy(s => s.Layer).Max(layer => layer.Sum(s => NormVectors(s.Node).Count()));
        foreach ((Node node, _, int layer) in order)
        {
            foreach (VectorUse use in UsesOf(roles, node, layer).ToArray())
            {
                // What the head takes is there from the beginning: it is needed once, and would otherwise be waited for.
                _layers[use.Kind == VectorKind.Head ? 0 : layer].Add(use);
                if (!_users.TryGetValue(node.Name, out List<VectorUse>? own))
                {
                    _users.Add(node.Name, own = []);
                }

                own.Add(use);
            }
        }
    }

    /// <summary>The most vectors of norms of whole rows that a layer has.</summary>
    public int NormsOfLayer { get; }

    /// <summary>Places of those, for two layers.</summary>
    public int NormPlaces => Turns * NormsOfLayer;

    /// <summary>Finds all vectors.</summary>
    /// <param name="roles">What nodes are for.</param>
    /// <param name="order">All nodes as they are executed.</param>
    /// <param name="isGated">Whether blocks of gate and up alternate.</param>
    public static VectorPlan Of(GraphRoles roles, IReadOnlyList<StreamStep> order, bool isGated) => new(roles, order, isGated);

    /// <summary>What is loaded for a layer: those of norms first, then others, vectors that are divided alike one after another.</summary>
    /// <param name="layer">0 … the number of layers, which stands for the norm in front of the head.</param>
    public IReadOnlyList<VectorUse> OfLayer(int layer) =>
        layer < _layers.Length ? [.. _layers[layer].OrderBy(u => u.Kind)] : [];

    /// <summary>Every region of a vector other than a norm's, and the vectors that lie there, in the order in which regions follow one another.</summary>
    public IEnumerable<VectorUse> Regions => _layers
        .SelectMany((uses, layer) => uses.Where(u => u.Kind != VectorKind.Norm).Select(use => (use, layer)))
        .OrderBy(u => u.use.Kind).ThenBy(u => u.layer).Select(u => u.use).DistinctBy(u => u.Region);

    /// <summary>The region of a node's first vector, such as the weight of a norm, without the phase.</summary>
    public string RegionOf(Node node) => _users[node.Name][0].Region;

    /// <summary>The region of a norm's second vector, its bias; null where it has none.</summary>
    public string? BiasRegionOf(Node norm) => _users[norm.Name].Count > 1 ? _users[norm.Name][1].Region : null;

    private IEnumerable<VectorUse> UsesOf(GraphRoles roles, Node node, int layer)
    {
        string turn = (layer % Turns).ToString(CultureInfo.InvariantCulture);
        int place = ((layer % Turns) * NormsOfLayer) + _layers[layer].Count(u => u.Kind == VectorKind.Norm);
        foreach (int operand in NormVectors(node))
        {
            yield return new VectorUse(
                node, roles.Graph.WeightOf(node.Operands[operand])!, VectorKind.Norm, string.Create(CultureInfo.InvariantCulture, $"norm.{place++}"));
        }

        if (node.Op is RmsNorm { HeadDim: > 0 })
        {
            yield return new VectorUse(
                node, roles.Graph.WeightOf(node.Operands[1])!, VectorKind.HeadNorm, $"norm.{AttentionRole.Letters[PartOf(roles, h => h.Norm == node)]}.{turn}");
        }

        if (node.Op is not Linear || roles.BiasOf(node) is not { } bias)
        {
            yield break;
        }

        LinearRole role = roles.RoleOf(node);
        int part = role == LinearRole.Projection ? PartOf(roles, h => h.Projection == node) : 0;
        bool isUp = role == LinearRole.Gate && roles.UsersOf(node)[0].Operands[0] != roles.ValueOf(node);
        yield return role switch
        {
            LinearRole.Projection => new VectorUse(node, bias, VectorKind.Projection, $"bias.{AttentionRole.Letters[part]}.{turn}", part),
            LinearRole.AttentionOutput => new VectorUse(node, bias, VectorKind.Hidden, $"bias.o.{turn}"),
            LinearRole.Down => new VectorUse(node, bias, VectorKind.Hidden, $"bias.down.{turn}"),
            LinearRole.Gate => new VectorUse(node, bias, VectorKind.Gate, $"bias.gate.{turn}", _isGated ? isUp ? 2 : 1 : 0),
            LinearRole.Head => new VectorUse(node, bias, VectorKind.Head, "bias.head"),
        };
    }

    private static int PartOf(GraphRoles roles, Func<HeadRole, bool> isSought) => roles.Attentions
        .Select(a => Enumerable.Range(0, a.Heads.Count).FirstOrDefault(i => isSought(a.Heads[i]), -1)).First(i => i >= 0);

    // Numbers of the operands that are vectors of a norm of whole rows.
    private static IEnumerable<int> NormVectors(Node node) => node.Op switch
    {
        RmsNormQuantize or RmsNorm { HeadDim: 0 } or LayerNorm { HasBias: false } => [1],
        LayerNorm => [1, 2],
        _ => [],
    };
}
