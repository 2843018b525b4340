using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>What is chosen of a machine; everything else follows from its card.</summary>
/// <param name="Cores">Cores; channels are divided evenly, the first cores get what is left over.</param>
/// <param name="Channels">Memory channels in use.</param>
/// <param name="Tokens">M of the matrix engine, and the most tokens of a prefill step.</param>
/// <param name="Columns">K.</param>
/// <param name="Rows">N.</param>
/// <param name="Lanes">Lanes of the special-function unit.</param>
/// <param name="ExchangeBytes">What a core sends to the others per cycle.</param>
/// <param name="WidthBytes">Width of the memory that holds a channel's rings.</param>
/// <param name="WeightRingKib">Ring for weights of a channel.</param>
/// <param name="CacheRingKib">Ring for the KV cache of a channel.</param>
/// <param name="PageBytes">The unit in which weights are loaded.</param>
/// <param name="ScratchKib">Scratch memory of a core.</param>
internal readonly record struct Machine(
    int Cores, int Channels, int Tokens, int Columns, int Rows, int Lanes, int ExchangeBytes, int WidthBytes,
    int WeightRingKib, int CacheRingKib, int PageBytes, int ScratchKib)
{
    private const int Kib = 1024;

    /// <summary>The machine of a target, as far as it can be one of these.</summary>
    /// <returns>null where its cores have channels in another way.</returns>
    public static Machine? Of(Target target)
    {
        MatrixEngine matrix = target.Core.Matrix;
        ChannelBuffers buffers = target.Buffers;
        Machine machine = new(
            target.CoreChannels.Count, target.Channels, matrix.Tokens, matrix.Columns, matrix.Rows,
            target.Core.SpecialLanes, target.Core.ExchangeBytesPerCycle, buffers.WidthBytes,
            buffers.WeightRingBytes / Kib, buffers.CacheRingBytes / Kib, buffers.PageBytes, (int)(target.Core.ScratchBytes / Kib));
        return machine.CoreChannels.SequenceEqual(target.CoreChannels) && target.MaxPrefillTokens == matrix.Tokens ? machine : null;
    }

    /// <summary>Channels of every core.</summary>
    public IReadOnlyList<int> CoreChannels
    {
        get
        {
            (int each, int rest) = (Channels / Cores, Channels % Cores);
            return [.. Enumerable.Range(0, Cores).Select(core => each + (core < rest ? 1 : 0))];
        }
    }

    /// <summary>What a program for it depends on: machines that agree in it run the same programs.</summary>
    public (int, int, int, int, int, int, int) ProgramKey =>
        (Cores, Channels, Tokens, WeightRingKib, CacheRingKib, PageBytes, ScratchKib);

    /// <summary>The machine on its card.</summary>
    /// <param name="card">The card.</param>
    /// <param name="name">Name of the target.</param>
    public Target On(Card card, string name) => new(
        name, $"{card.Description}, {Cores} {(Cores == 1 ? "core" : "cores")} on {Channels} HBM pseudo-channels, found by exploring",
        card.Description, MachineProgram.IsaVersion, card.ClockHertz, card.Hbm, card.Ddr, CoreChannels,
        new CoreUnits((long)ScratchKib * Kib, new MatrixEngine(Tokens, Columns, Rows, card.MacsPerDsp), Lanes, ExchangeBytes),
        new ChannelBuffers(WeightRingKib * Kib, CacheRingKib * Kib, PageBytes, WidthBytes), Tokens, card.Resources,
        card.Timing, card.Energy);
}
