using System.Security.Cryptography;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>The attention masks of all layers of a model. Immutable; equal where all layers keep the same.</summary>
public sealed class AttentionMasks : IEquatable<AttentionMasks>
{
    /// <summary>Masks of like layers.</summary>
    /// <param name="layers">At least one; as many heads and blocks in all of them, and known.</param>
    public AttentionMasks(IReadOnlyList<LayerMask> layers)
    {
        if (layers.Count == 0 || layers.Any(l => !l.IsKnown || l.Heads != layers[0].Heads || l.Blocks != layers[0].Blocks))
        {
            throw new ArgumentException("masks of at least one layer are wanted, with as many heads and blocks in all", nameof(layers));
        }

        Layers = layers;
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', layers.Select(l => l.Hash)))));
    }

    /// <summary>By layer.</summary>
    public IReadOnlyList<LayerMask> Layers { get; }

    /// <summary>Query heads of a layer.</summary>
    public int Heads => Layers[0].Heads;

    /// <summary>Blocks for which the masks are given: <see cref="LayerMask.Blocks"/>.</summary>
    public int Blocks => Layers[0].Blocks;

    /// <summary>SHA-256 over the layers' hashes, a line feed between them.</summary>
    public string Hash { get; }

    /// <summary>Sinks and a window in every layer and head: <see cref="LayerMask.Window"/>.</summary>
    public static AttentionMasks Window(int layers, int heads, int sink, int window)
    {
        LayerMask mask = LayerMask.Window(heads, sink, window);
        return new AttentionMasks([.. Enumerable.Repeat(mask, layers)]);
    }

    /// <summary>
    /// Sinks and as wide a window as a number of blocks allows, alike in all layers and heads but for what is left over.
    /// </summary>
    /// <param name="layers">Layers.</param>
    /// <param name="heads">Query heads of a layer.</param>
    /// <param name="blocks">Blocks for which the masks are given.</param>
    /// <param name="sink">Blocks from the beginning that every query sees, after its own.</param>
    /// <param name="kept">Blocks that are kept, over all layers and heads; at least the diagonals are.</param>
    /// <remarks>Diagonals come first, then sinks, then blocks in the order of their distance; of one distance those of the
    /// last queries, layer after layer and head after head.</remarks>
    public static AttentionMasks WindowOf(int layers, int heads, int blocks, int sink, long kept)
    {
        var order =
            from i in Enumerable.Range(0, blocks)
            from j in Enumerable.Range(0, i + 1)
            orderby i == j ? 0 : j < sink ? 1 : 2, j < sink ? 0 : i - j, -i
            select (i, j);
        long left = kept;
        bool[][][,] keeps = [.. Enumerable.Range(0, layers).Select(_ => Enumerable.Range(0, heads).Select(_ => new bool[blocks, blocks]).ToArray())];
        foreach ((int i, int j) in order)
        {
            foreach (bool[,] head in keeps.SelectMany(layer => layer))
            {
                head[i, j] = i == j || left > 0;
                left--;
            }
        }

        return new AttentionMasks([.. keeps.Select(layer => new LayerMask(heads, blocks, (head, i, j) => layer[head][i, j]))]);
    }

    /// <summary>Share of the causal blocks of a prompt that is kept, over all layers and heads, 0 … 1.</summary>
    /// <param name="blocks">Blocks of the prompt; those for which the masks are given by default.</param>
    public double KeptShare(int? blocks = null)
    {
        int rows = blocks ?? Blocks;
        return (double)Layers.Distinct().Sum(mask => mask.Kept(rows) * Layers.Count(mask.Equals))
            / (LayerMask.Triangle(rows) * Heads * Layers.Count);
    }

    /// <summary>The graph whose attentions have these masks, layer by layer in the order of its nodes.</summary>
    /// <param name="graph">Of as many layers and heads.</param>
    /// <exception cref="CompilationException">It has other layers or heads (FLC2001).</exception>
    public Graph ApplyTo(Graph graph)
    {
        Attention[] attentions = [.. graph.Nodes.Select(n => n.Op).OfType<Attention>()];
        if (attentions.Length != Layers.Count || attentions.Any(a => a.Heads != Heads))
        {
            throw new CompilationException(
                Codes.GraphInvalid,
                $"the attention masks are for {Layers.Count} layers of {Heads} heads; the model has {attentions.Length} layers of {(attentions.Length == 0 ? 0 : attentions[0].Heads)}",
                graph.Name, "use masks that were made for this model");
        }

        int layer = 0;
        Node[] nodes = [.. graph.Nodes.Select(n => n.Op is Attention op ? n with { Op = op with { Mask = Layers[layer++] } } : n)];
        return new Graph(graph.Name, graph.ContextLength, graph.Inputs, graph.Weights, nodes, graph.Outputs);
    }

    /// <summary>The masks of a graph's attentions; null where it has none.</summary>
    /// <exception cref="CompilationException">Some layers have masks and others have none (FLC2001).</exception>
    public static AttentionMasks? Of(Graph graph)
    {
        LayerMask?[] masks = [.. graph.Nodes.Select(n => n.Op).OfType<Attention>().Select(a => a.Mask)];
        if (Array.TrueForAll(masks, m => m is null))
        {
            return null;
        }

        return Array.TrueForAll(masks, m => m is { IsKnown: true })
            ? new AttentionMasks([.. masks.OfType<LayerMask>()])
            : throw new CompilationException(
                Codes.GraphInvalid, "some layers have attention masks that are known, and others have none or a hash only", graph.Name,
                "give all layers masks: one that keeps every block hides nothing");
    }

    /// <inheritdoc/>
    public bool Equals(AttentionMasks? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AttentionMasks);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);
}
