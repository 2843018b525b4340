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
/// <param name="Theta">Base of the rotary frequencies.</param>
/// <param name="HasMasks">Whether attention has masks.</param>
/// <param name="CacheBits">Width of the KV cache's codes: 8 or 4.</param>
internal sealed record ModelShape(
    long Hidden, long Intermediate, long Vocabulary, int Layers, int Heads, int KvHeads, int HeadDim, double Theta,
    bool HasMasks = false, int CacheBits = 8)
{
    /// <summary>Query, key and value heads, in this order.</summary>
    public int AllHeads => Heads + (2 * KvHeads);

    /// <summary>Query heads that share a KV head.</summary>
    public int Group => Heads / KvHeads;

    /// <summary>Reads the sizes, and refuses a Graph that is not a decoder this mapping knows.</summary>
    /// <exception cref="CompilationException">The Graph is not quantised, or its layers are not alike
    /// (FLC3002).</exception>
    public static ModelShape Of(Graph graph)
    {
        Node[] attentions = [.. graph.Nodes.Where(n => n.Op is Attention)];
        Node? embedding = graph.Nodes.FirstOrDefault(n => n.Op is Embedding);
        Node? gated = graph.Nodes.FirstOrDefault(n => n.Op is GatedActivation);
        RotaryQuantize? rotary = graph.Nodes.Select(n => n.Op).OfType<RotaryQuantize>().FirstOrDefault();
        if (attentions.Length == 0 || embedding is null || gated is null || rotary is null || graph.Outputs.Count != 1
            || attentions.Select(a => (Attention)a.Op with { Mask = null }).Distinct().Count() > 1
            || attentions.Select(a => CacheType(graph, a)).Distinct().Count() > 1)
        {
            throw Unknown("it is not a quantised decoder with rotary positions, like attention layers and SwiGLU");
        }

        Attention attention = (Attention)attentions[0].Op;
        return new ModelShape(
            embedding.Type.Columns, gated.Type.Columns, graph.TypeOf(graph.Outputs[0]).Columns,
            attentions.Length, attention.Heads,
            attention.KvHeads, attention.HeadDim, rotary.Angles.Theta, attention.Mask is not null,
            CacheType(graph, attentions[0]) == ElementType.I4K ? 4 : 8);
    }

    private static ElementType CacheType(Graph graph, Node attention) => graph.TypeOf(attention.Operands[1]).Element;

    /// <summary>The refusal of a Graph that this mapping does not know.</summary>
    public static CompilationException Unknown(string why) =>
        new(
            Codes.ScheduleInvalid, $"the graph cannot be mapped: {why}",
            help: "compile a model of the LLaMA family, with the full pass pipeline");
}
