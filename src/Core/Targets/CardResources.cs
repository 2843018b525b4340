namespace Flightc.Targets;

/// <summary>Blocks of a card, or those that a machine needs.</summary>
/// <param name="Dsp">DSP blocks.</param>
/// <param name="Bram">Block RAMs of 36 Kbit.</param>
/// <param name="Uram">UltraRAMs of 288 Kbit.</param>
public sealed record CardResources(int Dsp, int Bram, int Uram);
