namespace Flightc.FlightLlm;

/// <summary>
/// Takes the instructions of one core in program order, one at a time, so that no program is ever held in memory.
/// </summary>
public abstract class InstructionSink
{
    /// <summary>Takes the next instruction.</summary>
    public abstract void Add(in TemplateInstruction instruction);
}
