using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>Keeps what the model says of every instruction.</summary>
internal sealed class TokenWatch : ITimingObserver
{
    public List<(int Core, Unit Unit, int Index, Instruction Instruction, double Start, double End)> Instructions { get; } = [];

    public List<(int Core, bool IsWeights, double Cycle, double Bytes)> Claims { get; } = [];

    public List<Stall> Stalls { get; } = [];

    public void Executed(int core, Unit unit, int index, Instruction resolved, double start, double end, ReadOnlySpan<Stall> stalls)
    {
        Instructions.Add((core, unit, index, resolved, start, end));
        Stalls.AddRange(stalls);
    }

    public void Claimed(int core, bool isWeights, double cycle, double bytes) => Claims.Add((core, isWeights, cycle, bytes));
}
