using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>
/// Says how each instruction is executed. Exchanges, which concern all cores, are started elsewhere.
/// </summary>
internal static class Executions
{
    /// <summary>The execution of an instruction whose fields are evaluated.</summary>
    /// <exception cref="CompilationException">A field makes no sense, or the instruction is not known
    /// (FLC4001).</exception>
    public static Execution Of(Instruction instruction, CoreState core) => instruction switch
    {
        LoadWeights i => new LoadWeightsExecution(i, core),
        LoadCache i => new LoadCacheExecution(i, core),
        LoadTable i => new WholeExecution(() => MemoryInstructions.Execute(i, core)),
        LoadIndexed i => new WholeExecution(() => MemoryInstructions.Execute(i, core)),
        StoreCache i => new WholeExecution(() => MemoryInstructions.Execute(i, core)),
        StoreCacheScale i => new WholeExecution(() => MemoryInstructions.Execute(i, core)),
        StoreRows i => new WholeExecution(() => MemoryInstructions.Execute(i, core)),
        MultiplyWeights i => new MultiplyWeightsExecution(i, core),
        MultiplyKeys i => new MultiplyKeysExecution(i, core),
        MultiplyValues i => new MultiplyValuesExecution(i, core),
        DequantizeRows i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        Measure i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        QuantizeRows i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        QuantizeHeads i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        Exponentiate i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        NormalizeHeads i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        ActivateRows i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        AddRows i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        NormalizeRows i => new WholeExecution(() => SpecialFunctions.Execute(i, core.Scratch)),
        Synchronize => new WholeExecution(() => { }),
        EndProgram => new WholeExecution(() => StepEnd.CheckCoreIsDone(core)),
        _ => throw new CompilationException(Codes.ProgramInvalid, $"the interpreter does not know the instruction {instruction.Mnemonic}"),
    };

    /// <summary>Whether a unit's stream can have an instruction.</summary>
    public static bool Belongs(Instruction instruction, Unit unit) =>
        InstructionSet.UnitOf(instruction) is not { } owner || owner == unit;
}
