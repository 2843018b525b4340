namespace Flightc.Targets;

/// <summary>A card that machines can be built on: what it has, and nothing about what is made of it.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Description">Its maker's name for it; a target for it has the same as <see cref="Target.Card"/>.</param>
/// <param name="ClockHertz">The clock that a machine of this family reaches on it.</param>
/// <param name="DieRegions">Regions between which wires are few: a core lies in one of them. They have equal shares of
/// the blocks.</param>
/// <param name="MacsPerDsp">INT8 products with one common factor that one DSP block makes in a cycle.</param>
/// <param name="Hbm">High-bandwidth memory.</param>
/// <param name="Ddr">DDR.</param>
/// <param name="Timing">How long its parts, and those that are built on it, take.</param>
/// <param name="Energy">What their work costs.</param>
/// <param name="Resources">Its blocks.</param>
/// <param name="Luts">Its look-up tables.</param>
/// <param name="LutShare">The share of them, 0 … 1, beyond which a design is not expected to reach the clock.</param>
public sealed record Card(
    string Name, string Description, double ClockHertz, int DieRegions, int MacsPerDsp, HbmMemory Hbm, DdrMemory Ddr,
    TimingConstants Timing, EnergyConstants Energy, CardResources Resources, int Luts, double LutShare)
{
    /// <summary>Blocks of one die region: an equal share, rounded down.</summary>
    public CardResources Region =>
        new(Resources.Dsp / DieRegions, Resources.Bram / DieRegions, Resources.Uram / DieRegions);

    /// <summary>The most that one memory channel delivers in a cycle.</summary>
    public double HbmBytesPerCycle => Hbm.ChannelBytesPerSecond / ClockHertz;
}
