using System.Diagnostics;
using Flightc.Backend.Lengths;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Cli.Estimating;

/// <summary>Times steps by the programs that execute them under a length plan.</summary>
internal sealed class PlanTimer
{
    private readonly LengthPrograms _programs;
    private readonly LengthPlan _plan;
    private readonly Target _target;
    private readonly ProgramWork _work;
    private readonly CancellationToken _interruption;
    private readonly CycleModel _registers;
    private readonly Dictionary<PlannedStep, CycleModel> _models = [];

    /// <summary>Prepares a plan.</summary>
    /// <param name="program">With length registers.</param>
    /// <param name="programs">The programs of plans made of it.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="target">The machine.</param>
    /// <param name="work">What products take off the rings.</param>
    /// <param name="interruption">Ends it between two steps.</param>
    public PlanTimer(
        MachineProgram program, LengthPrograms programs, LengthPlan plan, Target target, ProgramWork work, CancellationToken interruption)
    {
        (_programs, _plan, _target, _work, _interruption) = (programs, plan, target, work, interruption);
        _registers = new CycleModel(program, target, work);
    }

    /// <summary>Steps that were timed.</summary>
    public int Steps { get; private set; }

    /// <summary>How long that took on this computer.</summary>
    public TimeSpan Spent { get; private set; }

    /// <summary>Times a step by the program that executes it.</summary>
    /// <param name="step">As the runtime asks for it.</param>
    /// <param name="explanation">What is taken to be lost beyond what the model derives.</param>
    /// <param name="observer">Sees every instruction, or null.</param>
    /// <returns>The case is the step that was asked for, whatever its program was made for.</returns>
    public StepTiming Run(StepCase step, Explanation explanation, ITimingObserver? observer = null)
    {
        _interruption.ThrowIfCancellationRequested();
        bool isDecode = step.Entry == StepCase.Decode(0).Entry;
        long left = step.From < step.Tokens ? step.Tokens : step.Tokens + 1;
        PlannedStep planned = isDecode ? _programs.Decode(_plan, step.Past) : _programs.Prefill(_plan, step.Past, left);
        CycleModel? model = _plan == LengthPlan.Registers ? _registers : _models.GetValueOrDefault(planned);
        if (model is null)
        {
            model = new CycleModel(_programs.ProgramFor(_plan, planned), _target, _work);
            _models.Add(planned, model);
        }

        StepCase made = new(planned.Entry, planned.Past, planned.Tokens, planned.From);
        long start = Stopwatch.GetTimestamp();
        StepTiming timing = model.Run(made, explanation, observer) with { Case = step };
        Spent += Stopwatch.GetElapsedTime(start);
        Steps++;
        return timing;
    }
}
