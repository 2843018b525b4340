using Flightc.Isa;

namespace Flightc.Runtime.Devices;

/// <summary>An instruction starts.</summary>
/// <param name="Core">Number of the core.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Index">Number of the instruction in its stream.</param>
/// <param name="Mnemonic">Its name.</param>
public readonly record struct TraceEvent(int Core, Unit Unit, int Index, string Mnemonic);
