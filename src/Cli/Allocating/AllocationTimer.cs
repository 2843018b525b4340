using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Allocating;

/// <summary>Times a decode step as <c>estimate --context</c> does: the worse of the two fitted explanations.</summary>
internal static class AllocationTimer
{
    /// <summary>The middle of the case that <c>estimate</c> times where none is given: 128 tokens, and half of 512 more.</summary>
    public const int DefaultContext = 384;

    /// <summary>Milliseconds of a step, the host's part included.</summary>
    /// <param name="compiled">The program.</param>
    /// <param name="target">The machine.</param>
    /// <param name="context">Tokens that the step attends to: its own included.</param>
    public static double Milliseconds(CompiledProgram compiled, Target target, int context)
    {
        CycleModel model = new(compiled.Program, target, compiled.Addresses.Work);
        return new[] { Explanation.Barrier, Explanation.Load }.Max(explanation => SequenceTiming.OfStep(
            target, compiled.Program, context - 1, step => model.Run(step, explanation)).DecodeSeconds) * 1e3;
    }
}
