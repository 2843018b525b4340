using Flightc.IR;
using Flightc.Targets;

namespace Flightc.Schedules;

/// <summary>What the attention masks of a Schedule leave of the work of one step.</summary>
/// <param name="schedule">The schedule; masks of which only the hash is known hide nothing.</param>
/// <param name="lengths">The step.</param>
internal sealed class CostMasks(Schedule schedule, CostLengths lengths)
{
    private readonly Dictionary<(int Core, long Layer, int Head), MaskedWork> _works = [];

    /// <summary>Blocks of 64 tokens in which tokens of a step lie.</summary>
    public static long BlocksOf(CostLengths lengths) =>
        ((lengths.Past + lengths.Tokens - 1) / LayerMask.BlockTokens) - (lengths.Past / LayerMask.BlockTokens) + 1;

    /// <summary>The work of one of a core's KV heads.</summary>
    /// <param name="core">The core.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="head">Number of the KV head on the core.</param>
    public MaskedWork Of(int core, long layer, int head)
    {
        if (!_works.TryGetValue((core, layer, head), out MaskedWork? work))
        {
            LayerMask? mask = schedule.MaskTable?.Masks?.Layers[(int)layer];
            long firstQueryHead = (schedule.HeadsOf(core).First + head) * schedule.Group;
            long firstBlock = lengths.Past / LayerMask.BlockTokens;
            long slots = CostMachine.Ceiling(lengths.Past + lengths.Tokens, schedule.SpreadOf(core));
            work = new MaskedWork(
                lengths.Past, lengths.Tokens, schedule.Group, schedule.SpreadOf(core), slots,
                (row, queryHead, key) => mask?.Keeps((int)(firstQueryHead + queryHead), (int)(firstBlock + row), (int)key) ?? true);
            _works.Add((core, layer, head), work);
        }

        return work;
    }
}
