using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Decides what <see cref="MappingOptions"/> leave open, by rules that need no search.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Attention is divided by heads where there are at least as many KV heads as cores, since it then needs
/// no exchange between the projections and the output; otherwise by keys, which leaves no core idle.</item>
/// <item>Decode gathers values if they fit scratch; prefill gathers codes, since values of many tokens do
/// not. Where norms make values, rows of the residual stream are gathered as values in both.</item>
/// <item>Attention takes two loops where scratch holds the scores of all of a core's heads, for the longest
/// sequence and the most tokens of a step; otherwise one.</item>
/// <item>A prefill step has as many tokens as the machine takes at once, halved until everything fits, with room
/// for the scores of <see cref="ComfortableLength"/> tokens.</item>
/// </list>
/// </remarks>
internal static class MappingRules
{
    /// <summary>Rows of gate and up in a piece of the gate-up product: 32 blocks of each on every core.</summary>
    private const int GateRows = 512;

    /// <summary>Rows of logits in a piece of the head product.</summary>
    private const int HeadRows = 1024;

    /// <summary>How much of a weight ring is filled before keys and values are loaded: nothing.</summary>
    /// <remarks>Loads then come in the order in which they are consumed, and run ahead as far as rings have room. Weights
    /// in front of keys would hold these back until the ring has room for all of them, which is when the projections
    /// have been multiplied: and attention would wait for its keys.</remarks>
    private const int AheadPercent = 0;

    // A prefill chunk should at least reach this length with all its tokens; beyond it the runtime shortens
    // chunks as scores need room.
    private const int ComfortableLength = 2048;

    /// <summary>How attention is divided.</summary>
    public static AttentionDivision Division(ModelShape shape, Geometry geometry, MappingOptions options) =>
        options.Attention
        ?? (shape.KvHeads >= geometry.Cores.Count
            && geometry.Cores.Select(c => c.Count).Distinct().Count()
                <= (shape.HasMasks ? Schedule.MostSpreadsOfMasked : Schedule.MostSpreads)
                ? AttentionDivision.Heads
                : AttentionDivision.Keys);

    /// <summary>Decides, and lays out scratch of both phases.</summary>
    /// <param name="request">What is to be mapped.</param>
    /// <exception cref="CompilationException">Scratch is too small for one token (FLC3001).</exception>
    public static MappingPlan Plan(PlanRequest request)
    {
        MappingOptions options = request.Options;
        Mapping mapping = new(
            request.Division, default, default, options.GateRows ?? GateRows, options.HeadRows ?? HeadRows,
            options.AheadPercent ?? AheadPercent);
        GatherForm[] decodeGathers = options.DecodeGather is { } wanted ? [wanted] : [GatherForm.Values, GatherForm.Codes];
        ScratchPlan? decode = null;
        ScratchPlan? prefill = null;
        foreach ((GatherForm gather, int loops) in decodeGathers.SelectMany(g => Loops(options.DecodeLoops).Select(l => (g, l))))
        {
            mapping = mapping with { Decode = new PhaseMapping(gather, loops) };
            decode = request.Lay("decode", mapping, 1);
            if (decode.Fits(decode.SlotsAt(request.ContextLength, 1)))
            {
                break;
            }
        }

        if (!decode!.Fits(decode.SlotsAt(request.ContextLength, 1)))
        {
            throw TooSmall(request, decode.Least);
        }

        int most = Math.Min(request.MaxTokens, options.PrefillTokens ?? int.MaxValue);
        for (int tokens = most; tokens >= 1; tokens = tokens == 1 ? 0 : tokens / 2)
        {
            foreach (int loops in Loops(options.PrefillLoops))
            {
                mapping = mapping with { Prefill = new PhaseMapping(options.PrefillGather ?? GatherForm.Codes, loops) };
                prefill = request.Lay("prefill", mapping, tokens);
                int length = Math.Min(request.ContextLength, ComfortableLength);
                long needed = options.PrefillLoops is null && loops == 2 ? prefill.SlotsAt(request.ContextLength, tokens)
                    : tokens == 1 ? prefill.SlotsAt(request.ContextLength, 1)
                    : Math.Max(prefill.SlotsAt(request.ContextLength, 1), prefill.SlotsAt(length, tokens));
                if (prefill.Fits(needed))
                {
                    return new MappingPlan(mapping, tokens, prefill.ScoreSlots, [.. decode.Regions, .. prefill.Regions]);
                }
            }
        }

        throw TooSmall(request, prefill!.Least);
    }

    private static int[] Loops(int? wanted) => wanted is { } loops ? [loops] : [2, 1];

    private static CompilationException TooSmall(PlanRequest request, long least) => new(
        Codes.DoesNotFit,
        $"scratch of target '{request.Geometry.Target}' holds {request.Geometry.ScratchBytes} bytes per core, and one token at length {request.ContextLength} needs {least}",
        help: "use a target with more scratch, or a smaller --max-length");
}

/// <summary>What scratch is planned for.</summary>
/// <param name="Shape">Sizes of the model.</param>
/// <param name="Vectors">Its norms' weights and its biases.</param>
/// <param name="Geometry">The machine.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <param name="MaxTokens">The most tokens that a prefill step may have.</param>
/// <param name="Division">How attention is divided.</param>
/// <param name="Partitions">Divisions among cores.</param>
/// <param name="EmbeddingRowBytes">Bytes of a quantised embedding row.</param>
/// <param name="Options">What the caller has chosen.</param>
internal sealed record PlanRequest(
    ModelShape Shape, VectorPlan Vectors, Geometry Geometry, int ContextLength, int MaxTokens, AttentionDivision Division,
    IReadOnlyList<Partition> Partitions, long EmbeddingRowBytes, MappingOptions Options)
{
    /// <summary>Scratch of a phase under a mapping.</summary>
    public ScratchPlan Lay(string phase, Mapping mapping, int tokens)
    {
        ScratchPlan plan = new(Shape, Vectors, Geometry, ContextLength, tokens, Partitions, phase, mapping);
        plan.Lay(EmbeddingRowBytes);
        return plan;
    }
}

/// <summary>A mapping and its scratch.</summary>
/// <param name="Mapping">All choices.</param>
/// <param name="Tokens">The most tokens of a prefill step.</param>
/// <param name="ScoreSlots">Slots · query rows of a prefill step for which there is room.</param>
/// <param name="Regions">Scratch of both phases.</param>
internal sealed record MappingPlan(Mapping Mapping, int Tokens, long ScoreSlots, IReadOnlyList<Region> Regions);
