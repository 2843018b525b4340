using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Interpretation;

/// <summary>A small machine to write programs for by hand. Results are what they store to DDR from <see cref="Results"/> on.</summary>
internal sealed class TestMachine : IDisposable
{
    public const int Page = 64;
    public const int ResultFloats = 4096;

    private const int CacheBytes = 4096;

    private readonly int[] _channels;
    private readonly List<byte> _tables = [];
    private readonly byte[][] _weights;
    private readonly List<nint> _allocations = [];
    private readonly List<Instruction>[][] _streams;
    private (Unit Unit, Instruction Instruction)?[] _last;
    private DeviceMemory? _memory;
    private MachineProgram? _program;

    public TestMachine(params int[] channelsPerCore)
    {
        _channels = channelsPerCore;
        _weights = [.. Enumerable.Range(0, channelsPerCore.Sum()).Select(_ => Array.Empty<byte>())];
        _streams = [.. channelsPerCore.Select(_ => Enumerable.Range(0, 7).Select(_ => new List<Instruction>()).ToArray())];
        _last = new (Unit, Instruction)?[channelsPerCore.Length];
    }

    public int WeightRingBytes { get; set; } = 4 * Page;

    public int CacheRingBytes { get; set; } = 256;

    public long ScratchBytes { get; set; } = 1 << 16;

    public List<LengthRegister> Registers { get; } = [];

    public List<Symbol> Symbols { get; } = [];

    public Action<TraceEvent>? Trace { get; set; }

    public TrafficReport Traffic { get; private set; } = null!;

    public const long TableBytes = 1 << 16;
    public const long Ids = TableBytes;
    public const long Results = TableBytes + 256;
    public const long Cache = 1 << 20;

    public DeviceMemory Memory => _memory!;

    /// <summary>Puts bytes into DDR and says where.</summary>
    public long Table<T>(params T[] elements)
        where T : unmanaged
    {
        long address = _tables.Count;
        _tables.AddRange(MemoryMarshal.AsBytes(elements.AsSpan()));
        return address;
    }

    public void Weights(int channel, IEnumerable<byte> stream)
    {
        byte[] bytes = [.. stream];
        Array.Resize(ref bytes, (bytes.Length + Page - 1) / Page * Page);
        _weights[channel] = bytes;
    }

    public List<Instruction> Stream(int core, Unit unit) => _streams[core][(int)unit];

    /// <summary>Appends instructions of a core, each of which waits for the one before it.</summary>
    public void Chain(int core, params (Unit Unit, Instruction Instruction)[] instructions)
    {
        foreach ((Unit unit, Instruction instruction) in instructions)
        {
            if (_last[core] is { } last && last.Unit != unit)
            {
                last.Instruction.Release |= (Units)(1 << (int)unit);
                instruction.Wait |= (Units)(1 << (int)last.Unit);
            }

            Stream(core, unit).Add(instruction);
            _last[core] = (unit, instruction);
        }
    }

    /// <summary>Appends a load of values into scratch.</summary>
    public void Load<T>(int core, long scratch, params T[] elements)
        where T : unmanaged
    {
        int bytes = MemoryMarshal.AsBytes(elements.AsSpan()).Length;
        Chain(core, (Unit.Load, new LoadTable { Address = Table(elements), Bytes = bytes, Rows = 1, Destination = scratch }));
    }

    /// <summary>Appends a store of scratch into the results.</summary>
    public void Store(int core, long scratch, int bytes, long offset = 0) =>
        Chain(core, (Unit.Store, new StoreRows { Source = scratch, Bytes = bytes, Rows = 1, Address = Results + offset }));

    public MachineProgram Program()
    {
        List<ChannelRange> cores = [];
        foreach (int count in _channels)
        {
            cores.Add(new ChannelRange(cores.Sum(c => c.Count), count));
        }

        Geometry geometry = new("test", cores, 1 << 21, 1 << 21, ScratchBytes, WeightRingBytes, CacheRingBytes, Page);
        MemoryMap map = new(
            Ids, Results, ResultFloats * 4, ResultFloats, 256, 32, _weights.Max(w => w.Length), Cache, CacheBytes, TableBytes, 1 << 20, 2);
        return new MachineProgram(geometry, map, Registers, [new EntryPoint("prefill", _streams, Symbols)]);
    }

    /// <summary>Runs a step; the cache survives from step to step, the program may be changed in between.</summary>
    public byte[] Run(IssueOrder? order = null, int past = 0, int tokens = 1, int from = 0, IActivationObserver? observer = null)
    {
        _program = Program();
        _memory ??= Allocate(_program);
        using InstructionInterpreter interpreter = new(_program, _memory, order ?? IssueOrder.RoundRobin()) { Trace = Trace };
        try
        {
            interpreter.Run(_program.Prefill, new StepArguments(past, tokens, from), observer);
        }
        finally
        {
            Traffic = interpreter.Traffic;
        }

        return MemoryMarshal.AsBytes(_memory.Logits(0)).ToArray();
    }

    /// <summary>Forgets the program, keeps the memory.</summary>
    public void NextProgram()
    {
        foreach (List<Instruction> stream in _streams.SelectMany(s => s))
        {
            stream.Clear();
        }

        _last = new (Unit, Instruction)?[_channels.Length];
    }

    public static T[] As<T>(byte[] bytes, int count, int offset = 0)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes.AsSpan(offset))[..count].ToArray();

    public void Dispose()
    {
        _memory?.Dispose();
        foreach (nint allocation in _allocations)
        {
            Marshal.FreeHGlobal(allocation);
        }
    }

    private DeviceMemory Allocate(MachineProgram program)
    {
        byte[] tables = [.. _tables, .. new byte[TableBytes - _tables.Count]];
        int longest = _weights.Max(w => w.Length);
        return new DeviceMemory(program, [.. _weights.Select(w => Region([.. w, .. new byte[longest - w.Length]]))], Region(tables));
    }

    private MemoryRegion Region(byte[] bytes)
    {
        nint start = Marshal.AllocHGlobal(Math.Max(1, bytes.Length));
        _allocations.Add(start);
        Marshal.Copy(bytes, 0, start, bytes.Length);
        return new MemoryRegion(start, bytes.Length);
    }
}
