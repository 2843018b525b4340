using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Lays out scratch for steps of at most <paramref name="tokens"/> tokens.</summary>
/// <remarks>
/// What is alive at different times shares an address: projections, attention output, feed-forward hidden
/// values and embedding rows follow one another (<c>shared</c>). Scores and probabilities get what is left.
/// </remarks>
internal sealed class ScratchPlan(
    ModelShape shape, Geometry geometry, int contextLength, int tokens, IReadOnlyList<Partition> partitions)
{
    /// <summary>Rows of gate and up in a piece of the gate-up product, per core.</summary>
    public const int GatePieceRows = 256;

    /// <summary>Rows of logits in a piece of the head product, per core.</summary>
    public const int HeadPieceRows = 1024;

    // Rows begin on a cache line, and on a whole vector of the emulator.
    private const long Alignment = 64;

    private readonly List<Region> _regions = [];
    private long _end;

    /// <summary>The regions, once <see cref="Lay"/> has run.</summary>
    public IReadOnlyList<Region> Regions => _regions;

    /// <summary>Bytes used.</summary>
    public long Used => _end;

    /// <summary>Bytes that suffice for scores of one token of the longest sequence.</summary>
    public long Least { get; private set; }

    /// <summary>Slots · query rows for which there is room.</summary>
    public long ScoreSlots { get; private set; }

    /// <summary>Slots · query rows that one token of the longest sequence needs.</summary>
    public long LeastScoreSlots => SlotsAt(contextLength, 1);

    /// <summary>Slots · query rows of a step.</summary>
    /// <param name="length">Tokens of the sequence, those of the step included.</param>
    /// <param name="stepTokens">Tokens of the step.</param>
    public long SlotsAt(long length, long stepTokens)
    {
        long rows = (length + geometry.Channels - 1) / geometry.Channels;
        return stepTokens * (shape.Heads / shape.KvHeads) * geometry.Cores.Max(c => c.Count) * rows;
    }

    /// <summary>Lays everything out.</summary>
    /// <param name="embeddingRowBytes">Bytes of a quantised embedding row.</param>
    public void Lay(long embeddingRowBytes)
    {
        int group = shape.Heads / shape.KvHeads;
        long queries = (long)shape.Heads * shape.HeadDim;
        long segments = (shape.Hidden + 63) / 64;
        Add("residual", 4, Slice("hidden"), tokens, "hidden");
        Add("norm.0", 4, Slice("hidden"), 1, "hidden");
        Add("norm.1", 4, Slice("hidden"), 1, "hidden");
        Add("maxima", 4, 1, tokens, packed: true);
        Add("sums", 4, segments, tokens);
        Add("codes", 1, Math.Max(shape.Hidden, queries), tokens);
        Add("scales", 4, 1, tokens, packed: true);
        Add("positions", 4, shape.HeadDim, tokens);
        Add("head.codes", 1, (long)shape.AllHeads * shape.HeadDim, tokens);
        Add("head.scales", 4, shape.AllHeads, tokens);

        long shared = _end;
        long sharedEnd = 0;
        foreach ((string name, int bytes, long width, string slice) in new[]
        {
            // Each part of the product begins a block of its own.
            ("projections", 4, (Slice("heads") * shape.HeadDim) + (3 * Schedule.BlockRows), "heads"),
            ("attention", 4, queries, ""),
            ("hidden", 4, Slice("ffn") + Schedule.BlockRows, "ffn"),
            ("rows", 1, embeddingRowBytes, ""),
        })
        {
            _end = shared;
            Add(name, bytes, width, tokens, slice);
            sharedEnd = Math.Max(sharedEnd, _end);
        }

        _end = sharedEnd;
        Add("gateup.0", 4, 2 * GatePieceRows, tokens);
        Add("gateup.1", 4, 2 * GatePieceRows, tokens);
        Add("ffn.codes", 1, shape.Intermediate, tokens);
        Add("ffn.scales", 4, 1, tokens, packed: true);
        Add("logits.0", 4, HeadPieceRows, tokens);
        Add("logits.1", 4, HeadPieceRows, tokens);
        Add("row.maxima", 4, (long)tokens * group, shape.KvHeads, perHead: true);
        Add("row.valuemaxima", 4, (long)tokens * group, shape.KvHeads, perHead: true);
        Add("row.sums", 8, (long)tokens * group, shape.KvHeads, perHead: true);
        Add("weighted", 8, (long)group * shape.HeadDim, tokens, packed: true);
        Add("slot.values", 4, SlotsAt(contextLength, 1) / group, 1);
        // Before scores and before probabilities.
        long padding = 2 * Alignment;
        Least = _end + padding + (6 * LeastScoreSlots);
        long left = Math.Max(0, geometry.ScratchBytes - _end - padding);
        ScoreSlots = Math.Min(SlotsAt(contextLength, tokens), left / 6);
        Add("scores", 4, ScoreSlots, 1);
        Add("probabilities", 2, ScoreSlots, 1);
    }

    private long Slice(string partition) => partitions.Single(p => p.Name == partition).Largest;

    private void Add(
        string name, int elementBytes, long width, long rows, string slice = "", bool packed = false,
        bool perHead = false)
    {
        long address = (_end + Alignment - 1) / Alignment * Alignment;
        long stride = width * elementBytes;
        stride = packed ? stride : (stride + Alignment - 1) / Alignment * Alignment;
        _regions.Add(new Region(name, address, elementBytes, stride, rows, slice, perHead));
        _end = address + (stride * rows);
    }
}
