using Flightc.IR;

namespace Flightc.Passes;

/// <summary>
/// Gives products with integer weights INT8 activations, and attention INT8 queries, keys and values.
/// </summary>
/// <remarks>
/// <code>
/// n: f32[T,k] = rms_norm x, g {...}           n: i8t[T,k] = rms_norm_quantize x, g {...}
/// q: f32[T,m] = linear n, w                   q: f32[T,m] = linear n, w
/// r: f32[T,m] = rotary_embedding q {...}  =>  r: i8h[T,m] = rotary_quantize q {..., cache=false}
/// a: f32[T,m] = attention r, s, v             v.cache: i8k[T,m] = quantize_heads v {..., cache=true}
/// o: f32[T,k] = linear a, u                   a: f32[T,m] = attention r, s, v.cache
///                                             a.codes: i8t[T,m] = quantize a
///                                             o: f32[T,k] = linear a.codes, u
/// </code>
/// A norm or a rotation whose consumers all want codes makes them in the same sweep and keeps its name.
/// Elsewhere a node is put behind the producer: <c>.codes</c> for products and queries, <c>.cache</c> for
/// keys and values; several consumers share it. Where the recipe wants a KV cache of 4 bits, keys have
/// <c>cache=keys4</c> and values <c>cache=values4</c>, both i4k. Products whose weight the recipe left a float keep float
/// activations.
/// </remarks>
internal sealed class QuantizeActivations : IGraphPass
{
    /// <inheritdoc/>
    public string Name => "quantize-activations";

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        QuantizedForm?[] sweeps = FormsWantedByAll(graph, context);
        Dictionary<(ValueId Operand, QuantizedForm Form), ValueId> made = [];
        return GraphRewriter.Rewrite(graph, (node, rewriter) =>
        {
            int self = rewriter.NodeIndex;
            return node.Op switch
            {
                RmsNorm { HeadDim: 0 } op when sweeps[self] is { HeadDim: 0 } =>
                    rewriter.Add(node.Name, new RmsNormQuantize(op.Epsilon), node.Operands),
                RotaryEmbedding op when sweeps[self] is { HeadDim: > 0 } form && form.HeadDim == op.HeadDim =>
                    rewriter.Add(node.Name, new RotaryQuantize(op.HeadDim, op.Angles, form.Heads), node.Operands),
                Linear or Attention => rewriter.AddMapped(
                    node.Name, node.Op,
                    [.. node.Operands.Select((o, i) => Quantized(o, FormWanted(graph, context, node, i)))]),
                _ => null,
            };

            ValueId Quantized(ValueId operand, QuantizedForm? form)
            {
                ValueId value = rewriter.Map(operand);
                if (form is null || rewriter.TypeOf(value).Element != ElementType.F32)
                {
                    return value;
                }

                if (made.TryGetValue((operand, form), out ValueId known))
                {
                    return known;
                }

                string name = graph.NameOf(operand) + (form.Heads == HeadForm.Query ? ".codes" : ".cache");
                Op op = form.HeadDim == 0 ? new Quantize() : new QuantizeHeads(form.HeadDim, form.Heads);
                return made[(operand, form)] = rewriter.AddMapped(rewriter.Unused(name), op, value);
            }
        });
    }

    // The one form all uses of a node's value want, by node; null where they differ or one of them wants floats.
    private static QuantizedForm?[] FormsWantedByAll(Graph graph, PassContext context)
    {
        int firstNode = graph.ValueOfNode(0).Index;
        List<QuantizedForm?>[] wanted = [.. graph.Nodes.Select(_ => new List<QuantizedForm?>())];
        foreach (Node node in graph.Nodes)
        {
            for (int i = 0; i < node.Operands.Count; i++)
            {
                if (node.Operands[i].Index >= firstNode)
                {
                    wanted[node.Operands[i].Index - firstNode].Add(FormWanted(graph, context, node, i));
                }
            }
        }

        foreach (ValueId output in graph.Outputs)
        {
            wanted[output.Index - firstNode].Add(null);
        }

        return [.. wanted.Select(w => w.Distinct().ToArray() is [var only] ? only : null)];
    }

    private static QuantizedForm? FormWanted(Graph graph, PassContext context, Node consumer, int operand) => consumer.Op switch
    {
        Linear when operand == 0 && graph.WeightOf(consumer.Operands[1])!.Format is not null =>
            new QuantizedForm(0, HeadForm.Query),
        Attention op => new QuantizedForm(
            op.HeadDim, operand == 0 ? HeadForm.Query : HeadForms.OfCache(context.CacheBits, isKeys: operand == 1)),
        _ => null,
    };

    // HeadDim 0: one scale per token.
    private sealed record QuantizedForm(int HeadDim, HeadForm Heads);
}
