using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Tests.Emulation;

public sealed class ThreadTests
{
    [Fact]
    public void Many_steps_on_many_threads_give_the_same_bits_every_time()
    {
        RandomNumbers random = new(12);
        TestProduct product = new(random, 256, 1024, 4, 64, false, 7);
        ScratchImage image = new(TestMachine.Scratch);
        MultiplyWeights multiply = new(Unit.Vector)
        {
            Codes = image.Put(random.Codes(1024)),
            Scales = image.Put(new[] { 0.25f }),
            Tokens = 1,
            Columns = 1024,
            Rows = 256,
            Out = image.Room(1024),
        };
        using TestMachine machine = new([7], [image], product.Streams);
        int pages = machine.WeightBytes / TestMachine.Page;
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Load, new LoadWeights { Address = 0, Pages = pages / 2 }),
            (Unit.Vector, multiply),
            (Unit.Load, new LoadWeights { Address = pages / 2 * TestMachine.Page, Pages = pages - (pages / 2) }),
        ]);

        // The second half of the weights comes while the product is under way.
        IReadOnlyList<Instruction> load = program.Entries[0].Streams[0][(int)Unit.Load];
        multiply.Release = Units.Store;
        load[^1].Wait = Units.None;
        load[^1].Release = Units.None;
        program.Entries[0].Streams[0][(int)Unit.Store][0].Wait = Units.Vector;
        using DeviceMemory memory = machine.MakeMemory(program);
        using Emulator emulator = new(program, memory, 4);
        sbyte[] x = ScratchImage.Read<sbyte>(image.Bytes, (int)multiply.Codes.Constant, 1024);
        float[] expected = [.. Enumerable.Range(0, 256).Select(n => product.Result(n, x, 0.25f))];
        for (int step = 0; step < 500; step++)
        {
            emulator.Run(program.Entries[0], new StepArguments(0, 1, 0));
            byte[] scratch = new byte[TestMachine.Scratch];
            unsafe
            {
                new ReadOnlySpan<byte>(memory.ReadDdr(machine.Memory.LogitsAddress, scratch.Length), scratch.Length).CopyTo(scratch);
            }

            Assert.Equal(expected, ScratchImage.Read<float>(scratch, (int)multiply.Out.Constant, 256));
        }
    }

    [Fact]
    public void Loops_allocate_nothing_per_instruction()
    {
        ScratchImage image = new(TestMachine.Scratch);
        using TestMachine machine = new([1], [image]);
        machine.Registers.Add(new LengthRegister(0, "n", "tokens * 200"));
        machine.Registers.Add(new LengthRegister(1, "m", "tokens * 20"));
        const int Rows = 1024;
        LoadTable load = new() { Address = new Operand(0, new AffineTerm(Source.Loop(0), 4)), Bytes = 4, Rows = 1, Destination = 64 };
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Load, new BeginLoop { Count = Source.Register(0) }), (Unit.Load, load), (Unit.Load, new EndLoop()), (Unit.Load, new Synchronize()),
            (Unit.Misc, new BeginLoop { Count = Source.Register(1) }),
            (Unit.Misc, new NormalizeRows { Source = Rows, Out = Rows, Count = 8, Heads = 2, Tokens = 1, Weight = 64, Layer = 1 }),
            (Unit.Misc, new AddRows { Source = 64, Out = Rows, Count = 16, Tokens = 1 }),
            (Unit.Misc, new ActivateRows { Source = Rows, Out = Rows, Count = 16, Tokens = 1, Function = 2 }),
            (Unit.Misc, new EndLoop()), (Unit.Misc, new Synchronize()),
        ]);
        using DeviceMemory memory = machine.MakeMemory(program);
        using Emulator emulator = new(program, memory, 1);
        emulator.Run(program.Entries[0], new StepArguments(0, 100, 0));

        // 25,740 more instructions; the runtime itself may allocate a little now and then, but not each time.
        Assert.InRange(Enumerable.Range(0, 5).Min(_ => Measure(100) - Measure(1)), long.MinValue, 4096);

        long Measure(int tokens)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            emulator.Run(program.Entries[0], new StepArguments(0, tokens, 0));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
