using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Tests.Emulation;

public sealed class HostileProgramTests
{
    [Fact]
    public void A_damaged_weight_stream_is_refused_or_read_within_its_bounds()
    {
        int refused = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            RandomNumbers random = new((ulong)seed);
            TestProduct product = new(random, 32, 160, random.Within(2, 8), 32 << random.Below(3), random.Below(2) == 0, 1);
            byte[] stream = product.Streams[0];
            for (int i = 0; i < 8; i++)
            {
                // Half of the damage hits the first headers.
                int at = random.Below(i % 2 == 0 ? stream.Length : 80);
                stream[at] ^= (byte)(1 << random.Below(8));
            }

            ScratchImage image = new(TestMachine.Scratch);
            using TestMachine machine = new([1], [image], [stream]);
            MachineProgram program = machine.InSequence(_ =>
            [
                (Unit.Load, new LoadWeights { Address = 0, Pages = machine.WeightBytes / TestMachine.Page }),
                (Unit.Vector, new MultiplyWeights(Unit.Vector) { Codes = 64, CodeStride = 160, Scales = 512, Tokens = 1, Columns = 160, Rows = 32, Out = 1024, OutStride = 128 }),
            ]);
            foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
            {
                try
                {
                    machine.Emulate(program, path, 1, new StepArguments(0, 1, 0));
                }
                catch (CompilationException e)
                {
                    Assert.Contains(e.Diagnostics[0].Code, new[] { Codes.ImageDamaged, Codes.ProgramInvalid });
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 100, 600);
    }

    [Fact]
    public void A_tile_beyond_the_product_is_refused()
    {
        RandomNumbers random = new(4);
        TestProduct product = new(random, 64, 256, 4, 64, false, 1);
        foreach ((int rows, int columns) in new[] { (48, 256), (64, 192), (64, 240 - 16) })
        {
            ScratchImage image = new(TestMachine.Scratch);
            using TestMachine machine = new([1], [image], product.Streams);
            MachineProgram program = machine.InSequence(_ =>
            [
                (Unit.Load, new LoadWeights { Address = 0, Pages = machine.WeightBytes / TestMachine.Page }),
                (Unit.Vector, new MultiplyWeights(Unit.Vector) { Codes = 64, CodeStride = 256, Scales = 512, Tokens = 1, Columns = columns, Rows = rows, Out = 1024, OutStride = 256 }),
            ]);
            CompilationException e = Assert.Throws<CompilationException>(
                () => machine.Emulate(program, VectorPaths.Best, 1, new StepArguments(0, 1, 0)));
            Assert.Equal(Codes.ImageDamaged, e.Diagnostics[0].Code);
            Assert.Contains("core 0", e.Diagnostics[0].Location, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_fields_never_leave_memory()
    {
        int refused = 0;
        for (int seed = 0; seed < 2000; seed++)
        {
            RandomNumbers random = new((ulong)seed);
            (Unit unit, Instruction instruction) = Make(random);
            instruction.Visit(new RandomFields(random));
            ScratchImage image = new(TestMachine.Scratch);
            using TestMachine machine = new([2], [image]);
            MachineProgram program = machine.InSequence(_ => [(unit, instruction)]);
            try
            {
                machine.Emulate(program, VectorPaths.Best, 1, new StepArguments(0, 1, 0));
            }
            catch (CompilationException e)
            {
                Assert.Contains(e.Diagnostics[0].Code, new[] { Codes.ImageDamaged, Codes.ProgramInvalid });
                refused++;
            }
        }

        // Some are possible, and most are not.
        Assert.InRange(refused, 1000, 1990);
    }

    [Fact]
    public void A_step_beyond_the_programs_limits_is_refused()
    {
        using TestMachine machine = new([1], [new ScratchImage(TestMachine.Scratch)]);
        MachineProgram program = machine.InSequence(_ => []);
        foreach (StepArguments step in new StepArguments[] { new(0, 0, 0), new(0, 129, 0), new(-1, 1, 0), new(4000, 100, 0), new(0, 2, 3) })
        {
            CompilationException e = Assert.Throws<CompilationException>(() => machine.Emulate(program, VectorPath.Portable, 1, step));
            Assert.Equal(Codes.ContextExceeded, e.Diagnostics[0].Code);
        }
    }

    [Fact]
    public void Streams_that_cannot_be_are_refused()
    {
        using TestMachine machine = new([1], [new ScratchImage(TestMachine.Scratch)]);
        (Unit, Instruction)[][] bodies =
        [
            [(Unit.Misc, new EndLoop())],
            [(Unit.Misc, new BeginLoop { Count = 1 })],
            [(Unit.Misc, new BeginLoop()), (Unit.Misc, new BeginLoop()), (Unit.Misc, new BeginLoop()), (Unit.Misc, new EndLoop()), (Unit.Misc, new EndLoop()), (Unit.Misc, new EndLoop())],
            [(Unit.Misc, new StoreRows())],
            [(Unit.Misc, new BeginLoop { Count = new Operand(0, new AffineTerm(new Source(40), 1)) }), (Unit.Misc, new EndLoop())],
        ];
        foreach ((Unit, Instruction)[] body in bodies)
        {
            CompilationException e = Assert.Throws<CompilationException>(
                () => machine.Emulate(machine.InSequence(_ => body), VectorPath.Portable, 1, new StepArguments(0, 1, 0)));
            Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        }
    }

    private static (Unit Unit, Instruction Instruction) Make(RandomNumbers random) => random.Below(14) switch
    {
        0 => (Unit.Load, new LoadWeights()),
        1 => (Unit.Load, new LoadCache()),
        2 => (Unit.Load, new LoadTable()),
        3 => (Unit.Load, new LoadIndexed()),
        4 => (Unit.Store, new StoreCache()),
        5 => (Unit.Store, new StoreCacheScale()),
        6 => (Unit.Matrix, new MultiplyKeys(Unit.Matrix)),
        7 => (Unit.Matrix, new MultiplyValues(Unit.Matrix)),
        8 => (Unit.Misc, new DequantizeRows()),
        9 => (Unit.Misc, new Measure()),
        10 => (Unit.Misc, new QuantizeRows()),
        11 => (Unit.Misc, new QuantizeHeads()),
        12 => (Unit.Misc, new Exponentiate()),
        _ => (Unit.Misc, random.Below(5) switch
        {
            0 => new NormalizeHeads(),
            1 => new AddRows(),
            2 => new NormalizeRows(),
            _ => new ActivateRows(),
        }),
    };

    // Mostly small numbers, now and then one of any size.
    private sealed class RandomFields(RandomNumbers random) : IFieldVisitor
    {
        public void Field(ref Operand value, int bits, string name, string meaning)
        {
            long any = (long)(random.Next() >> (64 - bits));
            value = bits == 1 ? any : random.Below(8) switch
            {
                0 => any,
                1 => bits >= 24 ? TestMachine.Scratch - random.Below(256) : any,
                2 => -random.Below(100),
                _ => random.Below(bits >= 32 ? 4096 : 64),
            };
        }
    }
}
