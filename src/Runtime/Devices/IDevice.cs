using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Runtime.Devices;

/// <summary>Which tokens a step computes.</summary>
/// <param name="Past">Tokens before the step.</param>
/// <param name="Tokens">Tokens of the step.</param>
/// <param name="From">Number, in the step, of the first token whose logits are wanted;
/// <paramref name="Tokens"/> for none.</param>
public readonly record struct StepArguments(int Past, int Tokens, int From);

/// <summary>Something that executes programs: an interpreter, the emulator or a card.</summary>
public interface IDevice : IDisposable
{
    /// <summary>
    /// Memory channels and DDR. The caller writes the ids of a step before it and reads the logits after it.
    /// </summary>
    DeviceMemory Memory { get; }

    /// <summary>Executes one step to its end.</summary>
    /// <param name="entry">An entry of the program that the device was made for.</param>
    /// <param name="step">Lengths; within the program's limits.</param>
    /// <param name="observer">Gets every named activation, or null.</param>
    void Run(EntryPoint entry, StepArguments step, IActivationObserver? observer = null);
}
