using Flightc.Isa;

namespace Flightc.Timing;

/// <summary>Sees what <see cref="CycleModel"/> computes: for traces and reports.</summary>
/// <remarks>
/// The instructions of one unit of one core come in their order; of different units in an order that is
/// always the same, but not that of time. An observer makes the model slower, and changes no result.
/// </remarks>
public interface ITimingObserver
{
    /// <summary>An instruction has been executed. Loops are not reported; their bodies are, each time.</summary>
    /// <param name="core">Number of the core.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="index">Number of the instruction in its stream.</param>
    /// <param name="resolved">The instruction with its fields as they were; <see cref="Instruction.Provenance"/>
    /// says what for.</param>
    /// <param name="start">Cycle at which it started.</param>
    /// <param name="end">Cycle from which on the unit can start another. The load and store units hand their
    /// last accesses to the memory then; who waits for a token of theirs waits for the data too.</param>
    /// <param name="stalls">What of the time since the instruction before, and of its own, was waiting.</param>
    void Executed(
        int core, Unit unit, int index, Instruction resolved, double start, double end, ReadOnlySpan<Stall> stalls);

    /// <summary>How full a core's fullest ring is when a load claims room in it.</summary>
    /// <param name="core">Number of the core.</param>
    /// <param name="isWeights">Whether it is a weight ring; otherwise a KV ring.</param>
    /// <param name="cycle">When.</param>
    /// <param name="bytes">Bytes in it or on the way to it, the new ones included.</param>
    void Claimed(int core, bool isWeights, double cycle, double bytes);
}
