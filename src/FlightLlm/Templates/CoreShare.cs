namespace Flightc.FlightLlm;

/// <summary>Divides layers among cores: attention by key and value heads, products by outputs.</summary>
public static class CoreShare
{
    /// <summary>What one core does of some layers.</summary>
    /// <param name="layers">Layers of the whole model.</param>
    /// <param name="model">The shape.</param>
    /// <param name="core">The core's number.</param>
    /// <param name="cores">How many there are; with one, the layers come back as they are.</param>
    /// <remarks>
    /// Outputs are dealt out in units of a head (of 16 where heads do not divide them), the first cores taking one more: 32
    /// heads of LLaMA2-7B give 11, 11 and 10 to three cores, as in the released U280 case. Norms are done by every core.
    /// </remarks>
    public static IReadOnlyList<PublishedLayer> Of(
        IReadOnlyList<PublishedLayer> layers, PublishedModel model, int core, int cores) =>
        cores == 1 ? layers : [.. layers.Select(layer => Share(layer, model, core, cores))];

    private static PublishedLayer Share(PublishedLayer layer, PublishedModel model, int core, int cores)
    {
        (int firstKv, int kvHeads) = Deal(model.KvHeads, core, cores);
        int group = model.Heads / model.KvHeads;
        switch (layer)
        {
            case AttentionLayer attention:
                return attention with { FirstHead = firstKv * group, Heads = kvHeads * group, KvHeads = kvHeads };
            case ConcatLayer concat:
                long token = concat.NewBytes / model.KvHeads;
                return concat with { PastBytes = concat.PastBytes / model.KvHeads * kvHeads, NewBytes = token * kvHeads };
            case LinearLayer { Fused: FusedOperation.Rotary or FusedOperation.None, HasBias: true } projection:
                int headOutputs = projection.Outputs / model.KvHeads;
                return projection with { Outputs = headOutputs * kvHeads };
            case LinearLayer linear:
                int unit = linear.Outputs % model.HeadDim == 0 ? model.HeadDim : Tile.Block;
                return linear with { Outputs = Deal(linear.Outputs / unit, core, cores).Count * unit };
            default:
                return layer;
        }
    }

    private static (int First, int Count) Deal(int count, int core, int cores)
    {
        int each = count / cores;
        int more = count % cores;
        return ((core * each) + Math.Min(core, more), each + (core < more ? 1 : 0));
    }
}
