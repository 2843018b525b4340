using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>
/// Finds attention masks from calibration, by the effect of each block on the output: docs/attention-masks.md.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A forward pass over windows of calibration gives queries, keys and values of every layer. For every head and
/// block of queries they say in which order blocks of keys can go, and what that changes of what attention adds to the
/// residual stream (<see cref="HeadBlocks"/>).</item>
/// <item>What a change in a layer does to the predictions is measured: one mask of that layer alone, and its KL.</item>
/// <item>Blocks go where they cost least, over all layers and heads, until the budget is met (<see cref="MaskBudget"/>).</item>
/// <item>Effects interact, so all that is done again under the masks found; the better masks by KL stay.</item>
/// </list>
/// Everything is deterministic: threads write slots of their own, and sums have one order.
/// </remarks>
public static class MaskSearch
{
    // The share that is kept of a layer to find out what its changes weigh.
    private const double ProbeKeep = 0.7;

    // Layers are looked at together as long as what is held of them takes at most so many bytes.
    private const long MostAccountBytes = 1L << 29;

    // Logits that are held to compare with take at most so many bytes.
    private const long MostLogitBytes = 1L << 28;

    /// <summary>Finds masks.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="forward">Runs it.</param>
    /// <param name="records">Records of calibration, joined one behind the other and cut into windows.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="progress">Told the share that is done, 0 … 1; may be null.</param>
    /// <exception cref="CompilationException">The records have not one whole block of 64 tokens beyond the first (FLC1302),
    /// or the graph is none that can be masked (FLC2001).</exception>
    public static MaskSearchResult Find(
        Graph graph, IWeights weights, IForwardPass forward, IEnumerable<int[]> records, MaskSearchOptions options,
        Action<double>? progress = null)
    {
        AttentionNodes[] layers = AttentionNodes.Of(graph);
        int[][] windows = [.. Join(records, Math.Min(options.WindowTokens, graph.ContextLength)).Take(options.Windows)];
        if (windows.Length == 0 || layers.Length == 0)
        {
            throw new CompilationException(
                Codes.TextInvalid,
                $"calibration has fewer than {2 * LayerMask.BlockTokens} tokens; masks of blocks of {LayerMask.BlockTokens} need at least that many to show anything",
                "", "give a longer text of calibration");
        }

        int blocks = (windows[0].Length + LayerMask.BlockTokens - 1) / LayerMask.BlockTokens;
        int heads = layers[0].Op.Heads;
        long kept = MaskBudget.KeptBlocks(layers.Length, heads, blocks, options.Keep);
        string logits = graph.NameOf(graph.Outputs[0]);
        long rowBytes = graph.TypeOf(graph.Outputs[0]).Columns * sizeof(float);
        int measured = (int)Math.Clamp(MostLogitBytes / (rowBytes * windows[0].Length), 1, options.MeasuredWindows);
        MaskEffect effect = new(forward, [.. windows.Take(measured)], logits);

        AttentionMasks window = AttentionMasks.WindowOf(layers.Length, heads, blocks, options.Sink, kept);
        double windowKl = effect.KlOf(window);
        (AttentionMasks best, double bestKl) = (window, windowKl);
        AttentionMasks? under = null;
        for (int round = 0; round < options.Rounds; round++)
        {
            List<DropChain[][]> all = [];
            foreach (AttentionNodes[] together in layers.Chunk(LayersTogether(layers[0].Op, windows, blocks)))
            {
                all.AddRange(ChainsOf(together, weights, graph, forward, windows, under, blocks));
                progress?.Invoke((round + ((double)all.Count / layers.Length)) / options.Rounds);
            }

            DropChain[][][] chains = [.. all];

            AttentionMasks found = MaskBudget.Choose(chains, ScalesOf(chains, effect, heads, blocks), kept);
            double kl = effect.KlOf(found);
            (best, bestKl) = kl < bestKl ? (found, kl) : (best, bestKl);
            under = found;
        }

        return new MaskSearchResult(best, best.KeptShare(), bestKl, windowKl, windows.Length, windows[0].Length);
    }

    /// <summary>Joins records and cuts them into whole windows; one that is shorter where there is not one whole.</summary>
    internal static IEnumerable<int[]> Join(IEnumerable<int[]> records, int windowTokens)
    {
        List<int> ids = [];
        bool any = false;
        foreach (int[] record in records)
        {
            ids.AddRange(record);
            while (ids.Count >= windowTokens)
            {
                any = true;
                yield return [.. ids.Take(windowTokens)];
                ids.RemoveRange(0, windowTokens);
            }
        }

        int whole = ids.Count / LayerMask.BlockTokens * LayerMask.BlockTokens;
        if (!any && whole >= 2 * LayerMask.BlockTokens)
        {
            yield return [.. ids.Take(whole)];
        }
    }

    private static int LayersTogether(Attention op, int[][] windows, int blocks)
    {
        long tokens = (long)windows.Length * windows[0].Length;
        long ofLayer = tokens * op.Heads * (blocks + 1) / 2 * (op.HeadDim + 1) * sizeof(float);
        return (int)Math.Clamp(MostAccountBytes / ofLayer, 1, int.MaxValue);
    }

    // By layer, head and block of queries.
    private static DropChain[][][] ChainsOf(
        AttentionNodes[] layers, IWeights weights, Graph graph, IForwardPass forward, int[][] windows,
        AttentionMasks? under, int blocks)
    {
        (int heads, int d) = (layers[0].Op.Heads, layers[0].Op.HeadDim);
        int width = heads * d;
        OutputMetric[] metrics = new OutputMetric[layers.Length * heads];
        HeadBlocks[] accounts = [.. Enumerable.Range(0, metrics.Length).Select(_ => new HeadBlocks(blocks, d))];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            string role = layers[layer].Projection;
            float[] projection = new float[graph.Weights.Single(w => w.Name == role).Type.Shape[0].Size * width];
            weights.Read(role, 0, projection);
            Parallel.For(0, heads, head => metrics[(layer * heads) + head] = new OutputMetric(projection, width, head, d));
        }

        string[] names = [.. layers.SelectMany(l => new[] { l.Queries, l.Keys, l.Values, l.Stream })];
        foreach (int[] window in windows)
        {
            RowLog rows = new(names);
            forward.Run(under, window, rows);
            Parallel.For(0, accounts.Length, i => accounts[i].Add(rows, layers[i / heads], i % heads, metrics[i]));
        }

        DropChain[][][] chains = [.. layers.Select(_ => Enumerable.Range(0, heads).Select(_ => new DropChain[blocks]).ToArray())];
        Parallel.For(
            0, accounts.Length * blocks,
            i => chains[i / blocks / heads][i / blocks % heads][i % blocks] = accounts[i / blocks].ChainOf(i % blocks));
        return chains;
    }

    // Nats of KL for each unit of cost, by layer.
    private static double[] ScalesOf(DropChain[][][] chains, MaskEffect effect, int heads, int blocks)
    {
        double[] scales = new double[chains.Length];
        LayerMask all = new(heads, blocks, (_, _, _) => true);
        for (int layer = 0; layer < scales.Length; layer++)
        {
            AttentionMasks probe = MaskBudget.Choose([chains[layer]], [1.0], MaskBudget.KeptBlocks(1, heads, blocks, ProbeKeep));
            double cost = chains[layer].Select((ofHead, head) => ofHead.Select((chain, row) =>
            {
                int gone = Enumerable.Range(0, row).Count(j => !probe.Layers[0].Keeps(head, row, j));
                return gone == 0 ? 0 : chain.Drops[gone - 1].Cost;
            }).Sum()).Sum();
            AttentionMasks masks = new([.. Enumerable.Range(0, chains.Length).Select(l => l == layer ? probe.Layers[0] : all)]);
            scales[layer] = cost > 0 ? Math.Max(0, effect.KlOf(masks)) / cost : 1;
        }

        return scales;
    }
}
