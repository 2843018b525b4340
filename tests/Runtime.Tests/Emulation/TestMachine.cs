using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Emulation;

/// <summary>
/// A small machine whose programs begin by loading the whole scratch of every core from DDR and end by storing it there, so that what any
/// device makes of an instruction can be compared byte by byte.
/// </summary>
internal sealed unsafe class TestMachine : IDisposable
{
    public const int Page = 64;
    public const int CacheBytes = 1 << 14;
    private const int UsualScratchBytes = 1 << 20;

    private readonly List<GuardedMemory> _weights;
    private readonly Lazy<GuardedMemory> _tables;
    private readonly long _logits;

    /// <param name="channels">Channels of each core.</param>
    /// <param name="images">Scratch of each core at the beginning; taken when the machine first runs.</param>
    /// <param name="streams">Bytes of each channel's weight stream, or empty for none.</param>
    /// <param name="scratchBytes">Scratch of a core; images have at least as much, and nothing behind it.</param>
    /// <param name="cacheAddress">Where the KV cache of a channel begins; right behind the weights where null.</param>
    public TestMachine(int[] channels, ScratchImage[] images, byte[][]? streams = null, int scratchBytes = UsualScratchBytes, long? cacheAddress = null)
    {
        ScratchBytes = scratchBytes;
        int total = channels.Sum();
        streams ??= [.. Enumerable.Range(0, total).Select(_ => Array.Empty<byte>())];
        WeightBytes = (Math.Max(1, streams.Max(s => s.Length)) + Page - 1) / Page * Page;
        _weights = [.. streams.Select(s => new GuardedMemory([.. s, .. new byte[WeightBytes - s.Length]]))];
        _tables = new Lazy<GuardedMemory>(() => new GuardedMemory(Concatenated(images, scratchBytes)));
        long tableBytes = images.Length * (long)ScratchBytes;
        _logits = tableBytes + 4096;
        List<ChannelRange> cores = [];
        foreach (int count in channels)
        {
            cores.Add(new ChannelRange(cores.Sum(c => c.Count), count));
        }

        Geometry = new Geometry("test", cores, 1 << 30, 1 << 30, ScratchBytes, 1 << 22, 1 << 20, Page);
        Memory = new MemoryMap(
            tableBytes, _logits, ScratchBytes, 1, 4096, 128, WeightBytes, cacheAddress ?? WeightBytes, CacheBytes, tableBytes, 1 << 20, 4);
    }

    public static int Scratch => UsualScratchBytes;

    public int ScratchBytes { get; }

    public Geometry Geometry { get; }

    public MemoryMap Memory { get; }

    public int WeightBytes { get; }

    public long CacheAddress => Memory.CacheAddress;

    /// <summary>What the KV cache of a channel holds at first.</summary>
    public Func<int, byte[]>? Cache { get; init; }

    public List<LengthRegister> Registers { get; } = [];

    public List<Symbol> Symbols { get; } = [];

    /// <summary>A program in which every core loads its scratch, executes instructions one after another, and stores its scratch.</summary>
    /// <param name="body">Of a core: pairs of unit and instruction. Waits and releases are added.</param>
    /// <param name="loads">Of a core: loads into rings, which wait for nothing but their rings.</param>
    public MachineProgram InSequence(
        Func<int, IReadOnlyList<(Unit Unit, Instruction Instruction)>> body, Func<int, IReadOnlyList<Instruction>>? loads = null)
    {
        List<IReadOnlyList<IReadOnlyList<Instruction>>> cores = [];
        for (int core = 0; core < Geometry.Cores.Count; core++)
        {
            List<Instruction>[] streams = [.. Enumerable.Range(0, 7).Select(_ => new List<Instruction>())];
            List<(Unit Unit, Instruction Instruction)> all =
            [
                (Unit.Load, new LoadTable { Address = core * (long)ScratchBytes, Bytes = ScratchBytes, Rows = 1, Destination = 0 }),
                .. body(core),
                (Unit.Store, new StoreRows { Source = 0, Bytes = ScratchBytes, Rows = 1, Address = _logits + (core * (long)ScratchBytes) }),
                (Unit.System, new EndProgram()),
            ];
            for (int i = 0; i < all.Count; i++)
            {
                if (i > 0 && all[i - 1].Unit != all[i].Unit)
                {
                    all[i].Instruction.Wait |= (Units)(1 << (int)all[i - 1].Unit);
                    all[i - 1].Instruction.Release |= (Units)(1 << (int)all[i].Unit);
                }

                streams[(int)all[i].Unit].Add(all[i].Instruction);
            }

            streams[(int)Unit.Load].InsertRange(1, loads?.Invoke(core) ?? []);
            cores.Add(streams);
        }

        return new MachineProgram(Geometry, Memory, Registers, [new EntryPoint("prefill", cores, Symbols)]);
    }

    public DeviceMemory MakeMemory(MachineProgram program)
    {
        DeviceMemory memory = new(program, [.. _weights.Select(w => w.Region)], _tables.Value.Region);
        for (int c = 0; c < Geometry.Channels && Cache is not null; c++)
        {
            Cache(c).CopyTo(new Span<byte>(memory.Write(c, CacheAddress, CacheBytes), CacheBytes));
        }

        return memory;
    }

    /// <summary>Scratch of all cores, and all KV caches, after a step on the emulator.</summary>
    public byte[] Emulate(MachineProgram program, VectorPath path, int threads, StepArguments step, IActivationObserver? observer = null)
    {
        using DeviceMemory memory = MakeMemory(program);
        using Emulator emulator = new(program, memory, threads, path);
        emulator.Run(program.Entries[0], step, observer);
        return Result(memory);
    }

    /// <summary>The same on the instruction interpreter.</summary>
    public byte[] Interpret(MachineProgram program, StepArguments step, IActivationObserver? observer = null)
    {
        using DeviceMemory memory = MakeMemory(program);
        using InstructionInterpreter interpreter = new(program, memory, IssueOrder.LoadsFirst());
        interpreter.Run(program.Entries[0], step, observer);
        return Result(memory);
    }

    /// <summary>Runs a program on the interpreter and on every vector path, with one thread and with three, and asserts that all agree.</summary>
    /// <returns>Scratch of all cores, then KV caches.</returns>
    public byte[] RunEverywhere(MachineProgram program, StepArguments? step = null)
    {
        StepArguments arguments = step ?? new StepArguments(0, 1, 0);
        byte[] expected = Interpret(program, arguments);
        foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
        {
            foreach (int threads in new[] { 1, 3 })
            {
                byte[] actual = Emulate(program, path, threads, arguments);
                int at = expected.AsSpan().CommonPrefixLength(actual);
                Assert.True(at == expected.Length, $"{path}, {threads} threads: scratch differs at core {at / ScratchBytes}, address {at % ScratchBytes}");
            }
        }

        return expected;
    }

    public void Dispose()
    {
        _weights.ForEach(w => w.Dispose());
        if (_tables.IsValueCreated)
        {
            _tables.Value.Dispose();
        }
    }

    private static byte[] Concatenated(ScratchImage[] images, int scratchBytes)
    {
        byte[] all = new byte[images.Length * scratchBytes];
        for (int i = 0; i < images.Length; i++)
        {
            images[i].Bytes.AsSpan(0, scratchBytes).CopyTo(all.AsSpan(i * scratchBytes));
        }

        return all;
    }

    private byte[] Result(DeviceMemory memory)
    {
        List<byte> all = [.. new ReadOnlySpan<byte>(memory.ReadDdr(_logits, ScratchBytes * (long)Geometry.Cores.Count), ScratchBytes * Geometry.Cores.Count)];
        for (int c = 0; c < Geometry.Channels; c++)
        {
            all.AddRange(new ReadOnlySpan<byte>(memory.Read(c, CacheAddress, CacheBytes), CacheBytes));
        }

        return [.. all];
    }
}
