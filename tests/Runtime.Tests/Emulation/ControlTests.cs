using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Emulation;

public sealed class ControlTests
{
    [Fact]
    public void A_product_goes_on_when_its_weights_come_in_several_loads()
    {
        RandomNumbers random = new(5);
        TestProduct product = new(random, 64, 640, 5, 64, true, 2);
        ScratchImage image = new(TestMachine.Scratch);
        MultiplyWeights multiply = Product(image, random, product);

        // The stream lies in pieces that are neither whole tiles nor in the order of their addresses.
        using TestMachine machine = new([2], [image], Reversed(product.Streams));
        int pages = machine.WeightBytes / TestMachine.Page;
        BeginLoop loop = new() { Count = pages };
        LoadWeights load = new()
        {
            Address = new Operand((pages - 1) * TestMachine.Page, new AffineTerm(Source.Loop(0), -TestMachine.Page)),
            Pages = 1,
        };
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Load, loop),
            (Unit.Load, load),
            (Unit.Load, new EndLoop()),
            (Unit.Load, new Synchronize()),
            (Unit.Vector, multiply),
        ]);

        // Without waiting for the loads: the product itself waits for its weights.
        multiply.Wait = Units.None;
        byte[] result = machine.RunEverywhere(WithoutWait(program));
        float y = ScratchImage.Read<float>(result, (int)multiply.Out.Constant, 64)[63];
        Assert.Equal(product.Result(63, ScratchImage.Read<sbyte>(image.Bytes, (int)multiply.Codes.Constant, 640), 0.5f), y);
    }

    [Fact]
    public void Loops_and_registers_evaluate_fields()
    {
        ScratchImage image = new(TestMachine.Scratch);
        using TestMachine machine = new([3], [image]);
        machine.Registers.Add(new LengthRegister(2, "n", "ceildiv(past + tokens, 4)"));
        LoadTable load = new()
        {
            Address = new Operand(0, new AffineTerm(Source.Loop(0), 64), new AffineTerm(Source.Loop(1), 4)),
            Bytes = 4,
            Rows = 1,
            Destination = new Operand(4096, new AffineTerm(Source.Loop(1), 512), new AffineTerm(Source.Loop(0), 16)),
        };
        image.Put(new RandomNumbers(1).Floats(4000));
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Load, new BeginLoop { Count = Source.Register(2) }),
            (Unit.Load, new BeginLoop { Count = Source.Loop(0) }),
            (Unit.Load, load),
            (Unit.Load, new EndLoop()),
            (Unit.Load, new EndLoop()),
            (Unit.Load, new Synchronize()),
        ]);
        foreach (int tokens in new[] { 1, 9, 20 })
        {
            byte[] result = machine.RunEverywhere(program, new StepArguments(7, tokens, 0));
            int n = (7 + tokens + 3) / 4;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    Assert.Equal(
                        image.Bytes.AsSpan((64 * i) + (4 * j), 4).ToArray(), result.AsSpan(4096 + (512 * j) + (16 * i), 4).ToArray());
                }
            }
        }
    }

    [Fact]
    public void Cache_rows_scales_and_gathered_blocks_arrive_where_the_interpreter_puts_them()
    {
        RandomNumbers random = new(77);
        ScratchImage[] images = [new(TestMachine.Scratch), new(TestMachine.Scratch)];
        int[] addresses = [.. images.Select(i => i.Put(random.Floats(4096)))];
        using TestMachine machine = new([3, 2], images);
        MachineProgram program = machine.InSequence(core =>
        [
            (Unit.Store, new StoreCache { Source = addresses[core], Stride = 40, Bytes = 36, Address = machine.CacheAddress + 128, Pitch = 40, Rotation = 4, Past = 13, Tokens = 21 }),
            (Unit.Store, new StoreCacheScale { Source = addresses[core], Stride = 8, Address = machine.CacheAddress + 164, Pitch = 40, Rotation = 4, Past = 13, Tokens = 21 }),
            (Unit.Store, new StoreCache { Source = addresses[core] + 1000, Stride = 108, Bytes = 36, Address = machine.CacheAddress + 1024, Pitch = 40, Rotation = 4, Past = 13, Tokens = 21, Heads = 3, HeadStride = 36, HeadPitch = 320 }),
            (Unit.Store, new StoreCacheScale { Source = addresses[core] + 1000, Stride = 12, Address = machine.CacheAddress + 1060, Pitch = 40, Rotation = 4, Past = 13, Tokens = 21, Heads = 3, HeadStride = 4, HeadPitch = 320 }),
            (Unit.Exchange, new Gather { Address = addresses[core] + (core * 64), Bytes = 64, Stride = 256, Rows = 10 }),
            (Unit.Load, new LoadIndexed { Index = addresses[0], Address = 0, Bytes = 12, Pitch = 0, Rows = 5, Destination = 20000, Stride = 16 }),
        ]);
        machine.RunEverywhere(program, new StepArguments(13, 21, 0));
    }

    [Fact]
    public void Both_executors_execute_the_same_instructions_of_every_unit_and_count_the_same_bytes()
    {
        RandomNumbers random = new(6);
        TestProduct product = new(random, 32, 128, 4, 64, false, 2);
        ScratchImage image = new(TestMachine.Scratch);
        MultiplyWeights multiply = Product(image, random, product);
        using TestMachine machine = new([2], [image], product.Streams);
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Misc, new BeginLoop { Count = 3 }),
            (Unit.Misc, new Synchronize()),
            (Unit.Misc, new EndLoop()),
            (Unit.Load, new LoadWeights { Address = 0, Pages = machine.WeightBytes / TestMachine.Page }),
            (Unit.Vector, multiply),
        ]);
        foreach (Instruction marker in program.Entries[0].Streams[0][(int)Unit.Misc].Where(i => i is BeginLoop or EndLoop))
        {
            (marker.Wait, marker.Release) = (Units.None, Units.None);
        }

        program.Entries[0].Streams[0][(int)Unit.Load][0].Release = Units.None;
        program.Entries[0].Streams[0][(int)Unit.Load][1].Wait = Units.None;
        List<TraceEvent> first = [], second = [];
        using DeviceMemory memory = machine.MakeMemory(program);
        InstructionInterpreter interpreter = new(program, memory, IssueOrder.RoundRobin()) { Trace = first.Add };
        using Emulator emulator = new(program, memory, 2) { Trace = second.Add };
        interpreter.Run(program.Entries[0], new StepArguments(0, 1, 0));
        emulator.Run(program.Entries[0], new StepArguments(0, 1, 0));
        foreach (Unit unit in Enum.GetValues<Unit>())
        {
            Assert.Equal(first.Where(e => e.Unit == unit), second.Where(e => e.Unit == unit));
            Assert.Equal(interpreter.Traffic.Instructions(0, unit), emulator.Traffic.Instructions(0, unit));
        }

        Assert.Equal(3, second.Count(e => e.Unit == Unit.Misc));
        Assert.Equal(interpreter.Traffic.Tables, emulator.Traffic.Tables);
        Assert.Equal(interpreter.Traffic.StoredRows, emulator.Traffic.StoredRows);
        Assert.Equal(machine.WeightBytes, emulator.Traffic.Channels[1].Weights);
        Assert.Equal(interpreter.Traffic.Channels[1].Weights, emulator.Traffic.Channels[1].Weights);
    }

    [Fact]
    public void Observers_get_the_same_slices_from_both_executors()
    {
        ScratchImage image = new(TestMachine.Scratch);
        int address = image.Put(new RandomNumbers(9).Floats(8192));
        using TestMachine machine = new([1], [image]);
        machine.Symbols.Add(new Symbol("values", SymbolForm.Values, 0, Unit.Misc, 0, address, 256, 100, 50));
        machine.Symbols.Add(new Symbol("codes", SymbolForm.Codes, 0, Unit.Misc, 1, address, 64, 3, 64, true));
        machine.Symbols.Add(new Symbol("scales", SymbolForm.Scales, 0, Unit.Misc, 1, address, 4, 0, 1));
        machine.Symbols.Add(new Symbol("blocks", SymbolForm.AlternateBlocks, 0, Unit.Store, 0, address, 512, 16, 40));
        MachineProgram program = machine.InSequence(_ => [(Unit.Misc, new Synchronize()), (Unit.Misc, new Synchronize())]);
        Recorder first = new(), second = new();
        StepArguments step = new(10, 6, 4);
        machine.Interpret(program, step, first);
        machine.Emulate(program, VectorPaths.Best, 2, step, second);
        Assert.Equal(first.Events, second.Events);
        Assert.Equal(6 + 2 + 6 + (3 * 6), second.Events.Count);
        Assert.Contains(second.Events, e => e.StartsWith("codes 15 3 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_program_that_blocks_itself_is_refused()
    {
        ScratchImage image = new(TestMachine.Scratch);
        using TestMachine machine = new([1], [image]);
        MachineProgram program = machine.InSequence(_ => [(Unit.Misc, new Synchronize { Wait = Units.Vector })]);
        CompilationException e = Assert.Throws<CompilationException>(
            () => machine.Emulate(program, VectorPath.Portable, 1, new StepArguments(0, 1, 0)));
        Assert.All(e.Diagnostics, d => Assert.Equal(Codes.ProgramInvalid, d.Code));
        Assert.Contains("Vector", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_product_without_its_last_tile_is_refused()
    {
        RandomNumbers random = new(5);
        TestProduct product = new(random, 16, 64, 4, 64, false, 1);
        ScratchImage image = new(TestMachine.Scratch);
        using TestMachine machine = new([1], [image], product.Streams);
        MultiplyWeights multiply = Product(image, random, product);
        MachineProgram program = machine.InSequence(_ =>
            [(Unit.Load, new LoadWeights { Address = 0, Pages = 1 }), (Unit.Vector, multiply)]);
        CompilationException e = Assert.Throws<CompilationException>(
            () => machine.Emulate(program, VectorPath.Portable, 1, new StepArguments(0, 1, 0)));
        Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        Assert.Contains("weights", e.Message, StringComparison.Ordinal);
    }

    private static MultiplyWeights Product(ScratchImage image, RandomNumbers random, TestProduct product) => new(Unit.Vector)
    {
        Codes = image.Put(random.Codes(product.Columns)),
        CodeStride = product.Columns,
        Scales = image.Put(new[] { 0.5f }),
        Tokens = 1,
        Columns = product.Columns,
        Rows = product.Rows,
        Out = image.Room(4 * product.Rows),
        OutStride = 4 * product.Rows,
    };

    // Pages in the opposite order.
    private static byte[][] Reversed(byte[][] streams)
    {
        int pages = (streams.Max(s => s.Length) + TestMachine.Page - 1) / TestMachine.Page;
        return [.. streams.Select(s =>
        {
            byte[] whole = [.. s, .. new byte[(pages * TestMachine.Page) - s.Length]];
            return Enumerable.Range(0, pages).Reverse().SelectMany(p => whole.Skip(p * TestMachine.Page).Take(TestMachine.Page)).ToArray();
        })];
    }

    // The product waits for scratch, not for the last of the weights.
    private static MachineProgram WithoutWait(MachineProgram program)
    {
        IReadOnlyList<Instruction> load = program.Entries[0].Streams[0][(int)Unit.Load];
        load[^1].Release = Units.None;
        load[0].Release = Units.Vector;
        program.Entries[0].Streams[0][(int)Unit.Vector][0].Wait = Units.Load;
        return program;
    }

    private sealed class Recorder : IActivationObserver
    {
        public List<string> Events { get; } = [];

        public void OnValues(string name, int token, int first, ReadOnlySpan<float> values) =>
            Events.Add($"{name} {token} {first} {string.Join(' ', values.ToArray())}");

        public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes) =>
            Events.Add($"{name} {token} {first} {string.Join(' ', codes.ToArray())}");

        public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales) =>
            Events.Add($"{name} {token} {first} {string.Join(' ', scales.ToArray())}");
    }
}
