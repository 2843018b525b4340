using Flightc.IR;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Lays out scratch for one phase, with steps of at most <paramref name="tokens"/> tokens.</summary>
/// <remarks>
/// A region says in which <see cref="Stages"/> it is needed. Those that are needed throughout come first, then
/// what attention gets of the projections, then the others, larger ones first, each at the lowest place that no
/// region of a common stage has. Scores and probabilities get what is left behind attention.
/// </remarks>
internal sealed class ScratchPlan(
    ModelShape shape, VectorPlan vectors, Geometry geometry, int contextLength, int tokens, IReadOnlyList<Partition> partitions,
    string phase, Mapping mapping)
{
    /// <summary>Places for the attention masks of layers, which take turns.</summary>
    public const int MaskPlaces = 2;

    // Rows begin on a cache line, and on a whole vector of the emulator.
    private const long Alignment = 64;

    private const Stages ToAttention = Stages.Projections | Stages.Attention;

    private readonly List<Wanted> _wanted = [];
    private readonly List<(Region Region, Stages Stages)> _placed = [];
    private readonly bool _isLocal = mapping.Attention == AttentionDivision.Heads;
    private readonly bool _gathersValues = mapping.Of(phase).Gather == GatherForm.Values;
    private readonly bool _hasWholeRows = HasWholeRows(shape, mapping, phase);
    private readonly bool _hasRowPerHead = mapping.Of(phase).Loops == 2;

    /// <summary>The regions, once <see cref="Lay"/> has run.</summary>
    public IReadOnlyList<Region> Regions =>
        [.. _wanted.Select(w => _placed.Single(p => p.Region.Name == $"{phase}.{w.Name}").Region)];

    /// <summary>Bytes that suffice for scores of one token of the longest sequence.</summary>
    public long Least { get; private set; }

    /// <summary>Slots · query rows for which there is room.</summary>
    public long ScoreSlots { get; private set; }

    /// <summary>Whether everything lies in scratch, with room for so many slots · query rows.</summary>
    public bool Fits(long scoreSlots) =>
        ScoreSlots >= scoreSlots && _placed.TrueForAll(p => p.Region.Address + p.Region.Bytes <= geometry.ScratchBytes);

    /// <summary>
    /// Whether one step makes the output of all heads of a core: for one token, behind the second of two loops. Rows
    /// of heads then follow one another.
    /// </summary>
    public static bool HasOutputOfAllHeads(
        ModelShape shape, IReadOnlyList<Partition> partitions, Mapping mapping, string phase) =>
        phase == "decode" && mapping.Decode.Loops == 2 && mapping.Attention == AttentionDivision.Heads
        && partitions.Single(p => p.Name == Schedule.HeadsPartition).Largest * shape.Group <= byte.MaxValue;

    /// <summary>Whether rows of the residual stream are whole on every core: where values are gathered, and where norms want them.</summary>
    public static bool HasWholeRows(ModelShape shape, Mapping mapping, string phase) =>
        shape.HasWholeNorms || mapping.Of(phase).Gather == GatherForm.Values;

    /// <summary>Slots · query rows of a step.</summary>
    /// <param name="length">Tokens of the sequence, those of the step included.</param>
    /// <param name="stepTokens">Tokens of the step.</param>
    public long SlotsAt(long length, long stepTokens) =>
        stepTokens * shape.Group * geometry.Cores.Max(core =>
        {
            long spread = _isLocal ? core.Count : geometry.Channels;
            return core.Count * ((length + spread - 1) / spread);
        });

    /// <summary>Lays everything out.</summary>
    /// <param name="embeddingRowBytes">Bytes of a quantised embedding row.</param>
    public void Lay(long embeddingRowBytes)
    {
        long heads = _isLocal ? Slice("heads") : shape.KvHeads;
        long rowHeads = _isLocal ? heads * (shape.Group + 2) : shape.AllHeads;
        WantActivations(embeddingRowBytes, rowHeads);
        WantAttention(heads, rowHeads);
        foreach (Wanted wanted in _wanted.OrderBy(w => w.Stages switch { Stages.All => 0, ToAttention => 1, _ => 2 })
            .ThenByDescending(w => w.Stages == Stages.All ? 0 : w.Bytes))
        {
            Place(wanted);
        }

        // Scores and probabilities, a row of each per head where all heads are scored before values are weighed.
        long rows = _hasRowPerHead ? heads : 1;
        long free = _placed.Where(p => p.Stages.HasFlag(Stages.Attention)).Max(p => p.Region.Address + p.Region.Bytes);
        free = (free + Alignment - 1) / Alignment * Alignment;
        long padding = 2 * Alignment * rows;
        long end = _placed.Max(p => p.Region.Address + p.Region.Bytes);
        Least = Math.Max(end, free + padding + (6 * rows * SlotsAt(contextLength, 1)));
        ScoreSlots = Math.Min(
            SlotsAt(contextLength, tokens), Math.Max(0, geometry.ScratchBytes - free - padding) / (6 * rows));
        foreach (Wanted wanted in (Wanted[])[Scores("scores", 4, rows), Scores("probabilities", 2, rows)])
        {
            _wanted.Add(wanted);
            Place(wanted);
        }
    }

    private Wanted Scores(string name, int elementBytes, long rows) => new(
        name, elementBytes, Aligned(Math.Max(1, ScoreSlots) * elementBytes), rows, "", _hasRowPerHead, Stages.Attention);

    private void WantActivations(long embeddingRowBytes, long rowHeads)
    {
        long queries = (long)shape.Heads * shape.HeadDim;
        const Stages Codes = Stages.Norm | Stages.Projections | Stages.AttentionOutput | Stages.Gate | Stages.Head;
        string hidden = _hasWholeRows ? "" : "hidden";

        // A product's last block of rows may be a part of one, and all of it is written.
        Want("residual", 4, _hasWholeRows ? Blocks(shape.Hidden) : Slice("hidden"), Stages.All, hidden);
        for (int place = 0; place < vectors.NormPlaces; place++)
        {
            Want($"norm.{place}", 4, _hasWholeRows ? shape.Hidden : Slice("hidden"), Stages.All, hidden, rows: 1);
        }

        WantPacked("maxima", 4, 1, Stages.All);
        Want("sums", 4, (shape.Hidden + 63) / 64, Stages.All);

        // Where attention and the feed-forward layer read the same stream, either may come first.
        Want("codes", 1, Math.Max(shape.Hidden, queries), shape.IsParallel ? Codes | Stages.Down : Codes);
        WantPacked("scales", 4, 1, Stages.All);
        for (int table = 0; table < shape.RotaryWidths.Count; table++)
        {
            Want(Lowering.PositionsRegion(table), 4, shape.RotaryWidths[table], Stages.All);
        }

        foreach (VectorUse use in vectors.Regions)
        {
            Want(use.Region, 4, VectorWidth(use), Stages.All, rows: 1);
        }

        Want("rows", 1, embeddingRowBytes, Stages.Embedding);
        WantOfOtherNorms(hidden);
        if (shape.HasMasks && phase == "prefill")
        {
            // Two take turns, so that no load of a layer's waits for the attention of the layer before.
            long bytes = (_isLocal ? Slice("heads") : shape.KvHeads) * shape.Group
                * ((((contextLength + LayerMask.BlockTokens - 1L) / LayerMask.BlockTokens) + 7) / 8);
            for (int place = 0; place < MaskPlaces; place++)
            {
                Want($"mask.{place}", 1, bytes, Stages.All, rows: Schedule.MostMaskRows(tokens, contextLength));
            }
        }

        // Each part of the product begins a block of its own.
        Want(
            "projections", 4, (_isLocal ? rowHeads : Slice("heads")) * shape.HeadDim + (3 * Schedule.BlockRows),
            Stages.Projections, "heads");
        long gateRows = Math.Min(mapping.GateRows, Blocks(Slice("ffn")));
        Want("gateup.0", 4, (shape.IsGated ? 2 : 1) * gateRows, Stages.Gate);
        Want("gateup.1", 4, (shape.IsGated ? 2 : 1) * gateRows, Stages.Gate);
        Want(
            "hidden", 4, _gathersValues ? shape.Intermediate : Slice("ffn") + Schedule.BlockRows,
            Stages.Gate | Stages.Down, _gathersValues ? "" : "ffn");
        Want("ffn.codes", 1, shape.Intermediate, Stages.Down);
        WantPacked("ffn.scales", 4, 1, Stages.Down);
        long headRows = Math.Min(mapping.HeadRows, Blocks(Slice("vocabulary")));
        Want("logits.0", 4, headRows, Stages.Head);
        Want("logits.1", 4, headRows, Stages.Head);
    }

    // What only some families have: learned positions, rows that norms make, a result beside the residual stream.
    private void WantOfOtherNorms(string hidden)
    {
        if (shape.HasLearnedPositions)
        {
            Want("learned", 4, _hasWholeRows ? shape.Hidden : Slice("hidden"), Stages.Embedding, hidden);
        }

        if (shape.HasNormedRows)
        {
            Want("normed", 4, shape.Hidden, Stages.Norm);
        }

        if (shape.HasBranch)
        {
            const Stages Branch = Stages.AttentionOutput | Stages.Down;
            Want(
                "branch", 4, _hasWholeRows ? Blocks(shape.Hidden) : Slice("hidden"),
                shape.IsParallel ? Branch | Stages.Norm | Stages.Projections | Stages.Attention | Stages.Gate : Branch, hidden);
        }

        if (shape.IsParallel)
        {
            const Stages Parallel = Stages.Norm | Stages.Projections | Stages.Attention | Stages.AttentionOutput | Stages.Gate | Stages.Down;
            Want("mlp.codes", 1, shape.Hidden, Parallel);
            WantPacked("mlp.scales", 4, 1, Parallel);
        }
    }

    private long VectorWidth(VectorUse use)
    {
        long heads = use.Number == 0 ? shape.Heads : shape.KvHeads;
        return use.Kind switch
        {
            VectorKind.Norm => throw new ArgumentException("norms have places of their own", nameof(use)),
            VectorKind.HeadNorm => shape.HeadDim,
            VectorKind.Projection when _isLocal => Slice("heads") * (use.Number == 0 ? shape.Group : 1) * shape.HeadDim,
            VectorKind.Projection => Math.Min(Slice("heads"), heads) * shape.HeadDim,
            VectorKind.Hidden => Slice("hidden"),
            VectorKind.Gate => shape.IsGated ? 2 * Blocks(Slice("ffn")) : Slice("ffn"),
            VectorKind.Head => Slice("vocabulary"),
        };
    }

    private void WantAttention(long heads, long rowHeads)
    {
        const Stages FromAttention = Stages.Attention | Stages.AttentionOutput;
        bool isSlice = _isLocal && !_gathersValues;
        long queryRows = (long)tokens * shape.Group;
        Want("head.codes", 1, rowHeads * shape.HeadDim, ToAttention, _isLocal ? "heads" : "");
        Want("head.scales", 4, rowHeads, ToAttention, _isLocal ? "heads" : "");
        Want(
            "attention", 4, (isSlice ? heads : shape.KvHeads) * shape.Group * shape.HeadDim, FromAttention,
            isSlice ? "heads" : "");
        WantPerHead("row.maxima", 4, queryRows, heads);
        bool follow = HasOutputOfAllHeads(shape, partitions, mapping, phase);
        WantPerHead("row.valuemaxima", 4, queryRows, heads, follow);
        WantPerHead("row.sums", 8, queryRows, heads, follow);
        long slots = SlotsAt(contextLength, 1) / shape.Group;
        if (_hasRowPerHead)
        {
            WantPerHead("weighted", 8, queryRows * shape.HeadDim, heads, follow);
            WantPerHead("slot.values", 4, slots, heads);
        }
        else
        {
            WantPacked("weighted", 8, (long)shape.Group * shape.HeadDim, Stages.Attention);
            Want("slot.values", 4, slots, Stages.Attention, rows: 1);
        }
    }

    private long Slice(string partition) => partitions.Single(p => p.Name == partition).Largest;

    private static long Blocks(long rows) => (rows + Schedule.BlockRows - 1) / Schedule.BlockRows * Schedule.BlockRows;

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private void Want(string name, int elementBytes, long width, Stages stages, string slice = "", long? rows = null) =>
        _wanted.Add(new(name, elementBytes, Aligned(width * elementBytes), rows ?? tokens, slice, false, stages));

    private void WantPacked(string name, int elementBytes, long width, Stages stages) =>
        _wanted.Add(new(name, elementBytes, width * elementBytes, tokens, "", false, stages));

    private void WantPerHead(string name, int elementBytes, long width, long heads, bool follow = false) =>
        _wanted.Add(new(
            name, elementBytes, follow ? width * elementBytes : Aligned(width * elementBytes), heads, "", true,
            Stages.Attention));

    private void Place(Wanted wanted)
    {
        (long Start, long End)[] taken =
        [
            .. _placed.Where(p => (p.Stages & wanted.Stages) != Stages.None)
                .Select(p => (p.Region.Address, p.Region.Address + p.Region.Bytes)).Order(),
        ];
        long address = 0;
        foreach ((long start, long end) in taken)
        {
            // Places are in the order of their starts, so what begins behind the gap leaves it alone.
            address = start < address + wanted.Bytes ? Math.Max(address, Aligned(end)) : address;
        }

        _placed.Add((
            new Region(
                $"{phase}.{wanted.Name}", address, wanted.ElementBytes, wanted.Stride, wanted.Rows, wanted.Slice,
                wanted.IsPerHead),
            wanted.Stages));
    }

    private sealed record Wanted(
        string Name, int ElementBytes, long Stride, long Rows, string Slice, bool IsPerHead, Stages Stages)
    {
        public long Bytes => Stride * Rows;
    }
}
