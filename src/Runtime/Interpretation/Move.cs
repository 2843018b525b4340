using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>Something that can happen next: an instruction starts, or one in execution does its next piece.</summary>
/// <param name="Core">Number of the core; 0 for an exchange, which all cores do together.</param>
/// <param name="Unit">The unit.</param>
/// <param name="IsStart">Whether the instruction starts; it takes its tokens then.</param>
public readonly record struct Move(int Core, Unit Unit, bool IsStart)
{
    /// <summary>Orders moves by core, then by unit.</summary>
    internal int Key => (Core * InstructionSet.UnitCount) + (int)Unit;
}
