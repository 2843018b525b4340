using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>The sizes that a mapping depends on, read off a quantised Graph.</summary>
/// <param name="Hidden">Elements of the residual stream.</param>
/// <param name="Intermediate">Elements of the feed-forward hidden layer.</param>
/// <param name="Vocabulary">Logits.</param>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">Elements of a head.</param>
internal sealed record ModelShape(long Hidden, long Intermediate, long Vocabulary, int Layers, int Heads, int KvHeads, int HeadDim)
{
    /// <summary>Whether attention has masks.</summary>
    public bool HasMasks { get; init; }

    /// <summary>Width of the KV cache's codes: 8 or 4.</summary>
    public int CacheBits { get; init; } = 8;

    /// <summary>Elements of a head that each rotary table turns.</summary>
    public IReadOnlyList<int> RotaryWidths { get; init; } = [];

    /// <summary>Whether positions are learned.</summary>
    public bool HasLearnedPositions { get; init; }

    /// <summary>Whether the feed-forward layer has a gate.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether norms make values of whole rows, which every core needs whole rows for.</summary>
    public bool HasWholeNorms { get; init; }

    /// <summary>Whether such a norm leaves the residual stream as it is.</summary>
    public bool HasNormedRows { get; init; }

    /// <summary>Whether a result is kept beside the residual stream before it is added.</summary>
    public bool HasBranch { get; init; }

    /// <summary>Whether attention and the feed-forward layer read the same value of the residual stream.</summary>
    public bool IsParallel { get; init; }

    /// <summary>Query, key and value heads, in this order.</summary>
    public int AllHeads => Heads + (2 * KvHeads);

    /// <summary>Query heads that share a KV head.</summary>
    public int Group => Heads / KvHeads;

    /// <summary>Reads the sizes, and refuses a Graph whose layers are not alike.</summary>
    /// <param name="roles">What nodes are for.</param>
    /// <param name="order">All nodes as they are executed.</param>
    /// <exception cref="CompilationException">The Graph's layers are not alike (FLC3002), with the node that is to blame.</exception>
    public static ModelShape Of(GraphRoles roles, IReadOnlyList<StreamStep> order)
    {
        Graph graph = roles.Graph;
        Attention attention = roles.Attentions[0].Op;
        ElementType cached = graph.TypeOf(roles.Attentions[0].Node.Operands[1]).Element;
        foreach (AttentionRole other in roles.Attentions)
        {
            if ((other.Op.Heads, other.Op.KvHeads, other.Op.HeadDim) != (attention.Heads, attention.KvHeads, attention.HeadDim)
                || graph.TypeOf(other.Node.Operands[1]).Element != cached || other.Op.Mask is null != attention.Mask is null)
            {
                throw GraphRoles.Unknown(
                    other.Node,
                    $"'{roles.Attentions[0].Node.Name}' has other heads, another cache or masks: all layers must have the same heads and kind of cache, and all or none a mask");
            }
        }

        Node[] activations = [.. graph.Nodes.Where(n => n.Op is Activation or GatedActivation)];
        if (activations.Length == 0)
        {
            throw GraphRoles.Unknown("it has no feed-forward layer with an activation function");
        }

        foreach (Node activation in activations)
        {
            if (!activation.Type.Equals(activations[0].Type) || activation.Op.Kind != activations[0].Op.Kind)
            {
                throw GraphRoles.Unknown(
                    activation, $"'{activations[0].Name}' has another size or form: all feed-forward layers must be alike, gated or not");
            }
        }

        Node embedding = graph.Nodes.First(n => n.Op is Embedding);
        foreach (StreamStep step in order.Where(s => s.Kind != StreamKind.None))
        {
            if (graph.TypeOf(step.Node.Op is RmsNormQuantize or Quantize ? step.Node.Operands[0] : roles.ValueOf(step.Node)).Columns != embedding.Type.Columns)
            {
                throw GraphRoles.Unknown(
                    step.Node, $"it makes {step.Node.Type.Columns} elements of the residual stream, and the embedding has {embedding.Type.Columns}");
            }
        }

        return new ModelShape(
            embedding.Type.Columns, activations[0].Type.Columns, graph.TypeOf(graph.Outputs[0]).Columns, roles.Attentions.Count,
            attention.Heads, attention.KvHeads, attention.HeadDim)
        {
            HasMasks = attention.Mask is not null,
            CacheBits = cached == ElementType.I4K ? 4 : 8,
            RotaryWidths = [.. GraphTables.Of(graph).Rotary.Select(a => a.Dim)],
            HasLearnedPositions = graph.Nodes.Any(n => n.Op is AddPositions),
            IsGated = activations[0].Op is GatedActivation,
            HasWholeNorms = graph.Nodes.Any(n => n.Op is LayerNorm or RmsNorm { HeadDim: 0 }),
            HasNormedRows = order.Any(s => s.Kind == StreamKind.Read && s.Node.Op is LayerNorm or RmsNorm),
            HasBranch = order.Any(s => s.Kind == StreamKind.Branch),
            IsParallel = order.Any(s => IsForGateBehindAttention(roles, s.Node)),
        };
    }

    /// <summary>
    /// Whether codes that a node makes serve gate and up, and are made of the value of the residual stream that attention
    /// is made of too: then they have to outlive it.
    /// </summary>
    public static bool IsForGateBehindAttention(GraphRoles roles, Node codes)
    {
        if (codes.Op is not (RmsNormQuantize or Quantize)
            || !roles.UsersOf(codes).Any(u => u.Op is Linear && roles.RoleOf(u) == LinearRole.Gate))
        {
            return false;
        }

        ValueId stream = StreamOf(roles, codes);
        return roles.Attentions.Any(a => StreamOf(roles, roles.Graph.NodeOf(a.Codes)!) == stream);
    }

    // What codes are made of, past the norm in front of them.
    private static ValueId StreamOf(GraphRoles roles, Node codes)
    {
        ValueId value = codes.Operands[0];
        return codes.Op is Quantize && roles.Graph.NodeOf(value) is { Op: LayerNorm or RmsNorm } norm
            && roles.UsersOf(norm).All(u => u.Op is Quantize) ? norm.Operands[0] : value;
    }
}
