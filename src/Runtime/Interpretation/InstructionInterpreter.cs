using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Interpretation;

/// <summary>
/// Executes programs by the semantics of docs/isa.md, an instruction or a piece of one at a time, with
/// scratch, rings and tokens as the program assumes them. The order in which units make progress is free, and
/// so is chosen from outside: wrong results under some order are hazards of the program.
/// </summary>
/// <remarks>
/// Nothing survives a step but the KV cache, the ids and the logits in <see cref="Memory"/>, which stays the
/// caller's to dispose of. Scratch that a step has not written reads as poison.
/// </remarks>
public sealed class InstructionInterpreter : IDevice
{
    private readonly MachineProgram _program;
    private readonly IssueOrder _order;
    private readonly CoreState[] _cores;

    /// <summary>Builds the machine that a program assumes.</summary>
    /// <param name="program">The program.</param>
    /// <param name="memory">Its memory; borrowed.</param>
    /// <param name="order">What happens next where several things can; not shared with another interpreter.</param>
    /// <exception cref="CompilationException">
    /// The machine is larger than can be modelled (FLC5005), or an instruction stands in the stream of
    /// another unit (FLC4001).
    /// </exception>
    public InstructionInterpreter(MachineProgram program, DeviceMemory memory, IssueOrder order)
    {
        _program = program;
        _order = order;
        Memory = memory;
        CheckGeometry(program.Geometry);
        foreach (EntryPoint entry in program.Entries)
        {
            CheckStreams(entry, program.Geometry);
        }

        _cores = [.. Enumerable.Range(0, program.Geometry.Cores.Count).Select(c => new CoreState(c, program, memory))];
    }

    /// <inheritdoc/>
    public DeviceMemory Memory { get; }

    /// <summary>What the last step moved and executed.</summary>
    public TrafficReport Traffic { get; private set; } = TrafficReport.None;

    /// <summary>Called when an instruction starts, or null.</summary>
    public Action<TraceEvent>? Trace { get; set; }

    /// <inheritdoc/>
    /// <exception cref="CompilationException">
    /// The step is larger than the program allows (FLC5001), or the program is wrong (FLC4001) or its weights
    /// are (FLC4005).
    /// </exception>
    public void Run(EntryPoint entry, StepArguments step, IActivationObserver? observer = null)
    {
        CheckStep(entry, step);
        long[] registers = _program.EvaluateRegisters(step.Past, step.Tokens, step.From);
        Traffic = new TrafficReport(_program.Geometry.Channels, _cores.Length);
        foreach (CoreState core in _cores)
        {
            core.Begin(entry.Streams[core.Number], registers, Traffic);
        }

        ActivationReader? reader = observer is null ? null : new ActivationReader(entry.Symbols, step, observer);
        new StepRun(_cores, _order, Traffic, reader, Trace).Run();
    }

    /// <summary>Nothing to free: the memory is the caller's.</summary>
    public void Dispose()
    {
    }

    private static void CheckGeometry(Geometry geometry)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new CompilationException(
                Codes.DeviceUnsupported, "the interpreter runs on little-endian machines only");
        }

        int next = 0;
        foreach (ChannelRange range in geometry.Cores)
        {
            if (range.First != next || range.Count < 1)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"a core has {range.Count} channels from number {range.First} on where at least one from {next} on was expected");
            }

            next = checked(next + range.Count);
        }

        if (geometry.Cores.Count == 0 || geometry.PageBytes < 1 || geometry.WeightRingBytes < 0
            || geometry.CacheRingBytes < 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                "the program's geometry has no cores, no page size or rings of negative size");
        }
    }

    private static void CheckStreams(EntryPoint entry, Geometry geometry)
    {
        if (entry.Streams.Count != geometry.Cores.Count
            || entry.Streams.Any(s => s.Count != InstructionSet.UnitCount))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"the entry '{entry.Name}' does not have {InstructionSet.UnitCount} streams for each of {geometry.Cores.Count} cores");
        }

        for (int core = 0; core < entry.Streams.Count; core++)
        {
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                if (entry.Streams[core][unit].FirstOrDefault(i => !Executions.Belongs(i, (Unit)unit)) is { } stranger)
                {
                    throw new CompilationException(
                        Codes.ProgramInvalid,
                        $"the {InstructionSet.NameOf((Unit)unit)} unit of core {core} cannot execute {stranger.Mnemonic}",
                        stranger.Provenance);
                }
            }
        }
    }

    private void CheckStep(EntryPoint entry, StepArguments step)
    {
        MemoryMap map = _program.Memory;
        if (!_program.Entries.Contains(entry, ReferenceEqualityComparer.Instance))
        {
            throw new ArgumentException("the entry belongs to another program", nameof(entry));
        }

        if (step.Past < 0 || step.Tokens < 1 || step.Tokens > map.MaxTokens || step.From < 0
            || step.From > step.Tokens
            || step.Tokens > map.ContextLength - step.Past)
        {
            throw new CompilationException(
                Codes.ContextExceeded,
                $"a step of {step.Tokens} tokens after {step.Past}, logits from {step.From} on, is not one of up to {map.MaxTokens} tokens in a context of {map.ContextLength}");
        }

        Int128 slots = _program.SlotsOf(step.Past, step.Tokens);
        if (slots > map.ScoreSlots)
        {
            throw new CompilationException(
                Codes.ContextExceeded,
                $"a step of {step.Tokens} tokens after {step.Past} needs {slots} scores at a time, and scratch holds {map.ScoreSlots}",
                "", "run fewer tokens in a step");
        }
    }
}
