using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>Executes a program without data, event by event, to find out how long it takes: docs/timing.md.</summary>
/// <remarks>Prepares a program once for any number of steps. Safe to use from several threads.</remarks>
public sealed class CycleModel
{
    private readonly PreparedProgram _program;

    /// <summary>Prepares a program.</summary>
    /// <param name="program">A verified program.</param>
    /// <param name="target">The machine; its geometry is the program's, save the page size.</param>
    /// <param name="work">What the program's products take off the weight rings.</param>
    /// <exception cref="CompilationException">Program, target and work do not belong together (FLC4001).</exception>
    public CycleModel(MachineProgram program, Target target, ProgramWork work) =>
        (_program, Target) = (new PreparedProgram(program, target, work), target);

    /// <summary>The machine.</summary>
    public Target Target { get; }

    /// <summary>The program.</summary>
    public MachineProgram Program => _program.Program;

    /// <summary>Times one step.</summary>
    /// <param name="program">A verified program.</param>
    /// <param name="target">The machine.</param>
    /// <param name="work">What the program's products take off the weight rings.</param>
    /// <param name="step">The step.</param>
    /// <param name="explanation">What is taken to be lost beyond what the model derives.</param>
    /// <param name="observer">Sees every instruction, or null.</param>
    /// <exception cref="CompilationException">Program, target and work do not belong together, or the program
    /// is not valid and stops for ever (FLC4001).</exception>
    public static StepTiming Run(
        MachineProgram program, Target target, ProgramWork work, StepCase step, Explanation explanation,
        ITimingObserver? observer = null) =>
        new CycleModel(program, target, work).Run(step, explanation, observer);

    /// <summary>Times one step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="explanation">What is taken to be lost beyond what the model derives.</param>
    /// <param name="observer">Sees every instruction, or null.</param>
    /// <exception cref="CompilationException">The program is not valid and stops for ever (FLC4001).</exception>
    public StepTiming Run(StepCase step, Explanation explanation, ITimingObserver? observer = null) =>
        new StepRun(_program, Target, step, explanation, observer).Run();
}
