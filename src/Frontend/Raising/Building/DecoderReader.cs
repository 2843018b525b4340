using Flightc.Diagnostics;

namespace Flightc.Raising;

/// <summary>Finds the layers of a decoder in the term of its logits: from the head back along the residual stream.</summary>
/// <param name="path">The file, for messages.</param>
internal sealed class DecoderReader(string path)
{
    /// <summary>The decoder.</summary>
    /// <param name="logits">The logits.</param>
    /// <exception cref="CompilationException">It is built in another way (FLC1507).</exception>
    public RaisedDecoder Read(Term logits)
    {
        float cap = 0;
        if (logits is SoftCapTerm capped)
        {
            (cap, logits) = (capped.Cap, capped.X);
        }

        if (logits is not LinearTerm { X: NormTerm norm } head)
        {
            throw Other("logits are no projection of a norm");
        }

        Stack<RaisedLayer> layers = new();
        Term x = norm.X;
        while (x is SumTerm sum)
        {
            (RaisedLayer layer, x) = ReadLayer(sum, layers.Count);
            layers.Push(layer);
        }

        PositionsTerm? positions = x as PositionsTerm;
        return (positions?.X ?? x) is EmbeddingTerm embedding && layers.Count > 0
            ? new RaisedDecoder(embedding, positions, [.. layers], norm, head, cap)
            : throw Other(layers.Count == 0 ? "there is no layer that adds to the residual stream" : "the residual stream does not begin with the embedding of a token");
    }

    private (RaisedLayer Layer, Term Before) ReadLayer(SumTerm sum, int fromEnd)
    {
        if (Split(sum, IsMlp) is not var (down, mlpPost, middle))
        {
            throw Other($"layer {fromEnd + 1} from the end does not end in a feed-forward network");
        }

        (LinearTerm? gate, LinearTerm up, ActivationTerm function) = Hidden(down.X)!.Value;
        if (up.X is not NormTerm mlpNorm || (gate is not null && gate.X != mlpNorm) || mlpNorm.X != middle)
        {
            throw Other(
                $"the feed-forward network of layer {fromEnd + 1} from the end reads something else than the norm of what attention left: "
                + "layers in which both work side by side, or norms stand behind the sum, cannot be compiled");
        }

        if (middle is not SumTerm inner || Split(inner, linear => linear.X is AttentionTerm) is not var (output, attentionPost, before))
        {
            throw Other($"layer {fromEnd + 1} from the end has no attention before its feed-forward network");
        }

        AttentionTerm attention = (AttentionTerm)output.X;
        Term[] inputs = [Projected(attention.Q), Projected(attention.K), Projected(attention.V)];
        if (inputs[0] is not NormTerm attentionNorm || inputs.Any(i => i != attentionNorm) || attentionNorm.X != before || attention.V is not LinearTerm)
        {
            throw Other($"attention of layer {fromEnd + 1} from the end reads something else than projections of one norm of the residual stream");
        }

        return (new RaisedLayer(attentionNorm, attention, output, attentionPost, mlpNorm, gate, up, function.Function, down, mlpPost), before);
    }

    // A sum of the residual stream and a projection that may have been normed.
    private static (LinearTerm Projection, NormTerm? PostNorm, Term Before)? Split(SumTerm sum, Func<LinearTerm, bool> isWanted)
    {
        foreach ((Term added, Term before) in new[] { (sum.Right, sum.Left), (sum.Left, sum.Right) })
        {
            NormTerm? post = added as NormTerm;
            if ((post?.X ?? added) is LinearTerm linear && isWanted(linear))
            {
                return (linear, post, before);
            }
        }

        return null;
    }

    private static bool IsMlp(LinearTerm down) => Hidden(down.X) is not null;

    private static (LinearTerm? Gate, LinearTerm Up, ActivationTerm Function)? Hidden(Term hidden) => hidden switch
    {
        ActivationTerm { X: LinearTerm up } function => (null, up, function),
        ProductTerm { Left: ActivationTerm { X: LinearTerm gate } function, Right: LinearTerm up } => (gate, up, function),
        ProductTerm { Right: ActivationTerm { X: LinearTerm gate } function, Left: LinearTerm up } => (gate, up, function),
        _ => null,
    };

    // What a projection, or a head norm of one, is of.
    private static Term Projected(Term heads) => heads switch
    {
        LinearTerm linear => linear.X,
        NormTerm { X: LinearTerm linear } => linear.X,
        _ => heads,
    };

    private CompilationException Other(string problem) => new(
        Codes.OnnxModelUnsupported, $"the model is no decoder that can be compiled: {problem}", path,
        "docs/models.md lists what decoders consist of");
}
