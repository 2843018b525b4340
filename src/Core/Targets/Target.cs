using Flightc.Isa;

namespace Flightc.Targets;

/// <summary>
/// A machine that programs are compiled for: hardware only. What to do with a model's weights is a recipe's
/// business.
/// </summary>
/// <param name="Name">What users call it.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Card">The card it is built on.</param>
/// <param name="Isa">Version of its instruction set.</param>
/// <param name="ClockHertz">Clock of all units.</param>
/// <param name="Hbm">High-bandwidth memory.</param>
/// <param name="Ddr">DDR.</param>
/// <param name="CoreChannels">Channels that each core owns; consecutive, from channel 0 on.</param>
/// <param name="Core">What every core has.</param>
/// <param name="Buffers">What every channel has.</param>
/// <param name="MaxPrefillTokens">The most tokens of a prefill step.</param>
/// <param name="Resources">Blocks of the card; <see cref="ResourceModel"/> says what the machine takes of
/// them.</param>
/// <param name="Timing">How long its parts take.</param>
/// <param name="Energy">What its work costs.</param>
public sealed record Target(
    string Name, string Description, string Card, string Isa, double ClockHertz, HbmMemory Hbm, DdrMemory Ddr,
    IReadOnlyList<int> CoreChannels,
    CoreUnits Core, ChannelBuffers Buffers, int MaxPrefillTokens, CardResources Resources,
    TimingConstants Timing, EnergyConstants Energy)
{
    /// <summary>The target that a model is run on where none is named.</summary>
    public const string Default = "u280";

    /// <summary>Channels in use: the sum over the cores.</summary>
    public int Channels => CoreChannels.Sum();

    /// <summary>Multiply-accumulates of all cores in a cycle: cores · M · K · N.</summary>
    public long PeakMacsPerCycle => (long)CoreChannels.Count * Core.Matrix.MacsPerCycle;

    /// <summary>The most that one memory channel delivers in a cycle.</summary>
    public double HbmBytesPerCycle => Hbm.ChannelBytesPerSecond / ClockHertz;

    /// <summary>What all channels of the card deliver together, also those that the machine leaves unused.</summary>
    public double PeakHbmBytesPerSecond => Hbm.Channels * Hbm.ChannelBytesPerSecond;

    /// <summary>What a program for this target assumes of the machine.</summary>
    public Geometry Geometry
    {
        get
        {
            List<ChannelRange> cores = [];
            int first = 0;
            foreach (int count in CoreChannels)
            {
                cores.Add(new ChannelRange(first, count));
                first += count;
            }

            return new Geometry(
                Name, cores, Hbm.ChannelBytes, Ddr.Bytes, Core.ScratchBytes, Buffers.WeightRingBytes,
                Buffers.CacheRingBytes, Buffers.PageBytes);
        }
    }
}
