using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// Executes programs fast: vectorised, on all cores of the processor, directly on the packed weights in
/// memory. It executes every instruction of the program, but copies nothing into rings: they note where what
/// was loaded lies.
/// </summary>
/// <remarks>
/// Instructions are issued in one legal order: units in turn, and a load unit only where nothing else can happen. Steps of one
/// token that nobody watches have threads take cores, each in that order. One step at a time; not for use by several threads at once.
/// </remarks>
public sealed class Emulator : IDevice
{
    private readonly MachineProgram _program;
    private readonly WorkerPool _pool;
    private readonly WorkerPool _alone;
    private readonly EmulatedCore[] _cores;
    private readonly UnitStream[][][] _entries;
    private readonly StepScheduler _scheduler;
    private readonly TrafficReport _traffic;
    private readonly long[] _registers = new long[Source.Count];
    private long _run;

    /// <summary>Makes a machine for one program, on the fastest vector path of this processor.</summary>
    /// <param name="program">The program.</param>
    /// <param name="memory">Its memory; stays the caller's to dispose of, after the emulator.</param>
    /// <param name="threads">Threads to use, at least 1; the results do not depend on it.</param>
    /// <exception cref="CompilationException">The program is not possible (FLC4001), or there is not enough
    /// memory (FLC9003).</exception>
    public Emulator(MachineProgram program, DeviceMemory memory, int threads)
        : this(program, memory, threads, VectorPaths.Best)
    {
    }

    /// <summary>Makes a machine for one program, on a given vector path.</summary>
    /// <param name="program">The program.</param>
    /// <param name="memory">Its memory; stays the caller's to dispose of, after the emulator.</param>
    /// <param name="threads">Threads to use, at least 1; the results do not depend on it.</param>
    /// <param name="path">Which instructions of the processor to use; the results do not depend on it.</param>
    /// <exception cref="CompilationException">
    /// The program is not possible (FLC4001), there is not enough memory (FLC9003), or the processor lacks
    /// the path or is big-endian (FLC5005).
    /// </exception>
    public Emulator(MachineProgram program, DeviceMemory memory, int threads, VectorPath path)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (!VectorPaths.IsSupported(path) || !BitConverter.IsLittleEndian)
        {
            throw new CompilationException(
                Codes.DeviceUnsupported, $"this processor does not have what the vector path {path} needs");
        }

        CheckGeometry(program.Geometry);
        _program = program;
        _entries = [.. program.Entries.Select(e => Prepare(e, program.Geometry.Cores.Count))];
        _traffic = new TrafficReport(program.Geometry.Channels, program.Geometry.Cores.Count);
        Memory = memory;
        Path = path;
        _pool = new WorkerPool(threads);
        _cores = new EmulatedCore[program.Geometry.Cores.Count];
        try
        {
            for (int i = 0; i < _cores.Length; i++)
            {
                _cores[i] = new EmulatedCore(i, program.Geometry, path, _pool);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        WeightAhead ahead = new([.. _cores.Select(c => c.WeightRings)], threads);
        _pool.Idle = threads > 1 && path != VectorPath.Portable ? ahead : null;
        _alone = new WorkerPool(1);
        _scheduler = new StepScheduler(
            _cores, _pool, Executor(_pool), [.. _cores.Select(_ => Executor(_alone))], ahead);

        InstructionExecutor Executor(WorkerPool workers) => new(memory, program.Geometry.PageBytes, path, workers);
    }

    /// <inheritdoc/>
    public DeviceMemory Memory { get; }

    /// <summary>Which instructions of the processor the kernels use.</summary>
    public VectorPath Path { get; }

    /// <summary>What the last step moved and executed; the next overwrites it.</summary>
    public TrafficReport Traffic { get; private set; } = TrafficReport.None;

    /// <summary>Called when an instruction starts, or null.</summary>
    public Action<TraceEvent>? Trace { get; set; }

    /// <summary>Is charged with the time of every instruction of the entry it was made for, or null.</summary>
    public StepClock? Clock { get; set; }

    /// <inheritdoc/>
    /// <exception cref="CompilationException">
    /// The step is larger than the program allows (FLC5001), the program is wrong or blocks itself (FLC4001),
    /// or its weights are damaged (FLC4005).
    /// </exception>
    public void Run(EntryPoint entry, StepArguments step, IActivationObserver? observer = null)
    {
        int number = NumberOf(entry);
        CheckStep(step);
        _program.EvaluateRegisters(step.Past, step.Tokens, step.From, _registers);
        _traffic.Clear();
        Traffic = _traffic;
        _run++;
        foreach (EmulatedCore core in _cores)
        {
            core.Start(_entries[number][core.Number], _registers, _run, Traffic);
        }

        _scheduler.Clock = ReferenceEquals(Clock?.Entry, entry) ? Clock : null;
        _scheduler.Run(step, observer, Traffic, Trace);
    }

    /// <summary>
    /// Multiplies all weights once as decoding does, with nothing between the products: the
    /// packed matrix-vector kernel alone.
    /// </summary>
    /// <returns>Bytes of the weight streams, and seconds that their products took.</returns>
    /// <exception cref="CompilationException">The program is wrong (FLC4001), or its weights are damaged
    /// (FLC4005).</exception>
    public (long Bytes, double Seconds) MultiplyAllWeights() =>
        new WeightSweep(_program, Memory, _cores, _entries[NumberOf(_program.Decode)]).Run(++_run);

    /// <summary>Ends the threads and frees the cores; the memory is the caller's.</summary>
    public void Dispose()
    {
        _pool.Dispose();
        _alone?.Dispose();
        _scheduler?.Dispose();
        foreach (EmulatedCore? core in _cores)
        {
            core?.Dispose();
        }
    }

    private static void CheckGeometry(Geometry geometry)
    {
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

        if (next == 0)
        {
            throw new CompilationException(Codes.ProgramInvalid, "the program's geometry has no cores");
        }

        Transfers.CheckPage(geometry.PageBytes);
    }

    private static UnitStream[][] Prepare(EntryPoint entry, int cores)
    {
        if (entry.Streams.Count != cores || entry.Streams.Any(s => s.Count != InstructionSet.UnitCount))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"the entry '{entry.Name}' does not have {InstructionSet.UnitCount} streams for each of {cores} cores");
        }

        UnitStream[][] streams = [.. entry.Streams.Select(core => core.Select((s, unit) => new UnitStream((Unit)unit, s)).ToArray())];
        foreach (Symbol symbol in entry.Symbols)
        {
            UnitStream? stream = (uint)symbol.Core < (uint)cores && (uint)symbol.Unit < InstructionSet.UnitCount
                ? streams[symbol.Core][(int)symbol.Unit]
                : null;
            if (stream is null || (uint)symbol.Index >= (uint)stream.Length)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"the symbol '{symbol.Name}' names an instruction that does not exist");
            }

            if ((symbol.Address | symbol.Stride | symbol.First | symbol.Count) is < 0 or > int.MaxValue)
            {
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"the symbol '{symbol.Name}' names a slice that does not exist: {symbol}");
            }

            stream.Add(symbol);
        }

        return streams;
    }

    private int NumberOf(EntryPoint entry)
    {
        for (int i = 0; i < _program.Entries.Count; i++)
        {
            if (ReferenceEquals(_program.Entries[i], entry))
            {
                return i;
            }
        }

        throw new ArgumentException("the entry belongs to another program", nameof(entry));
    }

    private void CheckStep(StepArguments step)
    {
        MemoryMap map = _program.Memory;
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
