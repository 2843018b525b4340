using Flightc.Backend.Emission;
using Flightc.Isa;

namespace Flightc.Backend.Lengths;

/// <summary>
/// The programs by which each <see cref="LengthPlan"/> serves all lengths that a program with length registers
/// serves: which step is executed by which program, and how large all of them are. docs/lengths.md.
/// </summary>
public sealed class LengthPrograms
{
    /// <summary>Lengths that share a decode program of the bucketed plan: that of the published compiler
    /// (FlightLLM, arXiv 2401.03868, released artifact).</summary>
    public const int DecodeBucket = 16;

    private readonly MachineProgram _program;
    private readonly long _context;
    private readonly bool _masksPrompts;
    private readonly Dictionary<(LengthPlan, string), SpecializedSize> _sizes = [];

    /// <summary>Prepares a program.</summary>
    /// <param name="program">A verified program with length registers: of the plan
    /// <see cref="LengthPlan.Registers"/>.</param>
    public LengthPrograms(MachineProgram program)
    {
        _program = program;
        _context = program.Memory.ContextLength;
        _masksPrompts = program.MasksPrompts;
        List<(long Past, long Tokens)> steps = [];
        for (long past = 0, tokens; past < _context; past += tokens)
        {
            tokens = program.MostTokens(past);
            steps.Add((past, tokens));
        }

        WholeSteps = steps;
    }

    /// <summary>
    /// The prefill steps of a prompt as long as the context; a shorter prompt has the same, but fewer tokens in its
    /// last: the buckets of prompts in the bucketed plan. They have as many tokens as the target takes, where scratch
    /// holds scores for so many.
    /// </summary>
    public IReadOnlyList<(long Past, long Tokens)> WholeSteps { get; }

    /// <summary>
    /// The step for whose lengths the program was made that executes the decode step after
    /// <paramref name="past"/> tokens.
    /// </summary>
    public PlannedStep Decode(LengthPlan plan, long past)
    {
        long top = plan == LengthPlan.Bucketed
            ? Math.Min(_context, ((past / DecodeBucket) + 1) * DecodeBucket) - 1
            : past;
        return new PlannedStep(_program.Decode.Name, top, 1, 0);
    }

    /// <summary>
    /// The same of the prefill step that begins after <paramref name="past"/> tokens.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="left">Tokens of the prompt that are left, at least 1.</param>
    /// <remarks>
    /// A bucketed step has as many tokens as the bucket, whatever is left; what it computes for tokens that are
    /// none is overwritten before anything reads it. Any other step of one token is a decode step, but where attention
    /// masks hide keys from the tokens of a prompt.
    /// </remarks>
    public PlannedStep Prefill(LengthPlan plan, long past, long left)
    {
        long most = _program.MostTokens(past);
        long tokens = plan == LengthPlan.Bucketed ? most : Math.Min(most, left);
        if (tokens == 1 && !_masksPrompts)
        {
            return new PlannedStep(_program.Decode.Name, past, 1, left == 1 ? 0 : 1);
        }

        return new PlannedStep(_program.Prefill.Name, past, tokens, left <= most ? tokens - 1 : tokens);
    }

    /// <summary>The steps of a prompt.</summary>
    public IEnumerable<PlannedStep> Prompt(LengthPlan plan, long tokens)
    {
        foreach ((long past, _) in WholeSteps.TakeWhile(step => step.Past < tokens))
        {
            yield return Prefill(plan, past, tokens - past);
        }
    }

    /// <summary>The program of a plan that was made for a step, alone: one entry, and the registers it
    /// uses.</summary>
    public MachineProgram ProgramFor(LengthPlan plan, PlannedStep step) => plan == LengthPlan.Registers
        ? _program
        : _program with
        {
            Registers = [.. _program.Registers.Where(r => !IsConstant(plan, r.Number))],
            Entries = [Specializer.Specialize(step.In(_program), Constants(plan, step))],
        };

    /// <summary>Bytes of the instructions of the program that was made for a step.</summary>
    public long BytesFor(LengthPlan plan, PlannedStep step)
    {
        if (!_sizes.TryGetValue((plan, step.Entry), out SpecializedSize? size))
        {
            size = new SpecializedSize(step.In(_program), [.. Enumerable.Range(0, Source.FirstLoop).Select(r => IsConstant(plan, r))]);
            _sizes.Add((plan, step.Entry), size);
        }

        return size.Of(() => Constants(plan, step));
    }

    /// <summary>All programs of a plan together.</summary>
    /// <remarks>
    /// Bucketed: one for every bucket of decode steps, and two for every place of a prefill step, with logits
    /// and without. Naive: one for every decode step, and one, of all its steps, for every length of a prompt.
    /// Exact: no length is left out, and <see cref="SpecializedSize"/> is exact.
    /// </remarks>
    public PlanSize SizeOf(LengthPlan plan) => plan switch
    {
        LengthPlan.Registers => new PlanSize(1, ProgramBinary.Write(_program).Length),
        LengthPlan.Bucketed => Sum(BucketedSteps().Select(step => BytesFor(plan, step))),
        LengthPlan.Naive => Sum(NaivePrograms()),
    };

    /// <summary>
    /// The steps for which a plan has a program of their own, each once: none with length registers. A program of
    /// the naive plan for a prompt is one of these after another.
    /// </summary>
    public IEnumerable<PlannedStep> Steps(LengthPlan plan) => plan switch
    {
        LengthPlan.Registers => [],
        LengthPlan.Bucketed => BucketedSteps(),
        LengthPlan.Naive => NaiveSteps().Distinct(),
    };

    private IEnumerable<PlannedStep> BucketedSteps()
    {
        for (long past = 0; past < _context; past += DecodeBucket)
        {
            yield return Decode(LengthPlan.Bucketed, past);
        }

        foreach ((long past, long tokens) in WholeSteps)
        {
            yield return Prefill(LengthPlan.Bucketed, past, 1);
            if (_context - past > tokens)
            {
                yield return Prefill(LengthPlan.Bucketed, past, _context - past);
            }
        }
    }

    private IEnumerable<PlannedStep> NaiveSteps()
    {
        for (long past = 0; past < _context; past++)
        {
            yield return Decode(LengthPlan.Naive, past);
        }

        foreach ((long past, long tokens) in WholeSteps)
        {
            for (long left = 1; left <= Math.Min(tokens + 1, _context - past); left++)
            {
                yield return Prefill(LengthPlan.Naive, past, left);
            }
        }
    }

    private static PlanSize Sum(IEnumerable<long> programs)
    {
        PlanSize sum = new(0, 0);
        foreach (long bytes in programs)
        {
            sum = new PlanSize(sum.Programs + 1, sum.Bytes + bytes);
        }

        return sum;
    }

    // The steps of a prompt before its last are those of every longer one, so that no prompt is walked twice.
    private IEnumerable<long> NaivePrograms()
    {
        long whole = 0;
        foreach ((long past, long tokens) in WholeSteps)
        {
            for (long left = 1; left <= tokens; left++)
            {
                yield return BytesFor(LengthPlan.Naive, Decode(LengthPlan.Naive, past + left - 1));
                yield return whole + BytesFor(LengthPlan.Naive, Prefill(LengthPlan.Naive, past, left));
            }

            whole += BytesFor(LengthPlan.Naive, Prefill(LengthPlan.Naive, past, tokens + 1));
        }
    }

    private static bool IsConstant(LengthPlan plan, int register) => plan switch
    {
        LengthPlan.Registers => false,
        LengthPlan.Bucketed => register != Registers.Past.Code && register != Registers.From.Code,
        LengthPlan.Naive => true,
    };

    private IReadOnlyList<long?> Constants(LengthPlan plan, PlannedStep step)
    {
        long[] values = _program.EvaluateRegisters(step.Past, step.Tokens, step.From);
        return [.. values.Select((value, i) => i < Source.FirstLoop && IsConstant(plan, i) ? value : (long?)null)];
    }
}
