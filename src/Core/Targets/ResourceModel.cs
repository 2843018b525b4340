using Flightc.Diagnostics;

namespace Flightc.Targets;

/// <summary>What a machine takes of its card, in closed form.</summary>
/// <remarks>
/// After FlightLLM (arXiv 2401.03868, resource model and utilisation of the U280), whose sums they meet where
/// the machines agree:
/// <list type="bullet">
/// <item>DSP = cores · (M·N·⌈K ÷ macs per DSP⌉ + ⌈67 · lanes ÷ 16⌉). 67 is the published 201 for three
/// special-function units of 16 lanes; with M·K·N = 4096 and 2 MACs the sum is the published 6345.</item>
/// <item>URAM = channels · ⌈w ÷ 8⌉ · ⌈rings ÷ (4096 · w)⌉ + cores · ⌈scratch ÷ 32 KiB⌉. An UltraRAM is
/// 4096 words of 8 bytes. The two rings of a channel share one memory of w bytes, about twice what the channel
/// delivers in a cycle, so that neither waits for the other. The published form, activation buffers alone, is
/// the same with its width and depth.</item>
/// <item>BRAM = cores · (136 + ⌈8 · lanes ÷ 16⌉) + 4: the published controllers (408 for three),
/// special-function units (24 for three) and interconnect (4). The published weight, global and index buffers
/// (816) have no counterpart: here rings and scratch are UltraRAM.</item>
/// </list>
/// </remarks>
public static class ResourceModel
{
    private const int UramBytes = 32 * 1024;
    private const int UramWordBytes = 8;
    private const int UramDepth = UramBytes / UramWordBytes;
    private const int PublishedLanes = 16;
    private const int PublishedSpecialDsp = 67;
    private const int PublishedSpecialBram = 8;
    private const int PublishedControllerBram = 136;
    private const int PublishedInterconnectBram = 4;

    /// <summary>The blocks that the machine needs.</summary>
    public static CardResources Needed(Target target)
    {
        int cores = target.CoreChannels.Count;
        int lanes = target.Core.SpecialLanes;
        long width = (long)target.Buffers.WidthBytes;
        long ringUram = CeilDiv(width, UramWordBytes)
            * CeilDiv((long)target.Buffers.WeightRingBytes + target.Buffers.CacheRingBytes, UramDepth * width);
        long scratchUram = CeilDiv(target.Core.ScratchBytes, UramBytes);
        return new CardResources(
            Dsp: Total(
                cores * (target.Core.Matrix.DspBlocks + CeilDiv((long)PublishedSpecialDsp * lanes, PublishedLanes))),
            Bram: Total(
                (cores * (PublishedControllerBram + CeilDiv((long)PublishedSpecialBram * lanes, PublishedLanes))) + PublishedInterconnectBram),
            Uram: Total((target.Channels * ringUram) + (cores * scratchUram)));
    }

    /// <summary>Reports each kind of block of which the machine needs more than its card has.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="bag">Receives FLC1204.</param>
    /// <param name="location">Where the card's blocks are stated.</param>
    public static void Check(Target target, DiagnosticBag bag, string location)
    {
        CardResources needed = Needed(target);
        Compare("DSP blocks", needed.Dsp, target.Resources.Dsp, "make the matrix engine smaller");
        Compare("block RAMs", needed.Bram, target.Resources.Bram, "use fewer cores or lanes");
        Compare("UltraRAMs", needed.Uram, target.Resources.Uram, "make the rings or the scratch smaller");

        void Compare(string what, int need, int have, string help)
        {
            if (need > have)
            {
                bag.Error(
                    Codes.SettingsValue, $"the machine needs {need} {what}, but the card has {have}",
                    location, help);
            }
        }
    }

    private static long CeilDiv(long a, long b) => (a + b - 1) / b;

    private static int Total(long blocks) => (int)Math.Min(blocks, int.MaxValue);
}
