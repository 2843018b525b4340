using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Gives every matrix the format that the recipe wants.</summary>
/// <remarks>
/// <code>
/// weight w: bf16[n,k] sha256:...    =>  weight w: bf16[n,k] 4g64 sha256:...
/// </code>
/// Only matrices of products and embeddings are asked for; the weights of norms stay floats. Codes are made
/// later, when the image is written, so that no pass holds a weight's data. A weight that already has a
/// format keeps it.
/// </remarks>
internal sealed class QuantizeWeights : IGraphPass
{
    /// <inheritdoc/>
    public string Name => "quantize-weights";

    /// <inheritdoc/>
    /// <exception cref="CompilationException"><see cref="Codes.QuantisationImpossible"/>: the wished format
    /// does not exist.</exception>
    public Graph Run(Graph graph, PassContext context)
    {
        HashSet<string> matrices = new(
            graph.Nodes.Where(n => n.Op is Linear or Embedding).Select(n => graph.NameOf(n.Operands[1])),
            StringComparer.Ordinal);
        return GraphRewriter.Rewrite(graph, (_, _) => null, weight =>
            weight.Format is null && matrices.Contains(weight.Name)
                ? weight with { Format = Wished(weight, context) }
                : weight);
    }

    private static QuantizedFormat? Wished(Weight weight, PassContext context)
    {
        QuantizedFormat? format = context.FormatOf(weight);
        return format is null or { IsKnown: true }
            ? format
            : throw new CompilationException(
                Codes.QuantisationImpossible,
                $"no format is called {format}; {format.Value.WantedInWords} are", weight.Name);
    }
}
