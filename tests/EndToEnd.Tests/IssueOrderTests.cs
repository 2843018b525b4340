using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

/// <summary>A program's result is the same under every legal order in which its units make progress.</summary>
public sealed class IssueOrderTests
{
    private const int Orders = 100;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_hundred_seeded_orders_of_each_program_give_the_same_bits(int quarter)
    {
        SharedModel shared = SharedModel.Of("stories");
        (byte[] cache, float[] logits) expected = Run(shared, IssueOrder.RoundRobin());
        for (int order = quarter; order < Orders; order += 4)
        {
            (byte[] cache, float[] logits) = Run(shared, Order(order));
            Assert.True(expected.cache.AsSpan().SequenceEqual(cache), $"the cache differs under order {order}");
            Assert.Equal(expected.logits, logits);
        }
    }

    [Fact]
    public void Loads_run_ahead_of_the_products_when_they_may()
    {
        // Rings far smaller than the streams, so that loads have to follow the products.
        Geometry geometry = SharedModel.U280 with { WeightRingBytes = 16 << 10 };
        using CompiledModel model = new(TestData.Stories, geometry, new QuantizedFormat(4, 32), new QuantizedFormat(8, 64));
        using DeviceMemory memory = model.NewMemory();
        using InstructionInterpreter interpreter = new(model.Program, memory, IssueOrder.LoadsFirst());
        List<string> started = [];
        interpreter.Trace = e =>
        {
            if (e.Core == 0 && e.Mnemonic is "ld.weights" or "mv.linear" or "mv.score")
            {
                started.Add(e.Mnemonic);
            }
        };
        new Stepper(model.Program, interpreter).Decode(1);

        // The first load covers more than the first product takes; the next one, for what follows attention, starts before attention does.
        Assert.Equal("ld.weights", started[0]);
        Assert.True(started.IndexOf("ld.weights", 1) < started.IndexOf("mv.score"), string.Join(' ', started.Take(20)));
    }

    [Theory]
    [InlineData(Unit.Misc, Unit.Exchange)]
    [InlineData(Unit.Exchange, Unit.Misc)]
    [InlineData(Unit.Vector, Unit.Exchange)]
    [InlineData(Unit.Vector, Unit.Misc)]
    [InlineData(Unit.Load, Unit.Misc)]
    [InlineData(Unit.Misc, Unit.Load)]
    public void A_missing_token_shows_under_some_order(Unit from, Unit to)
    {
        SharedModel shared = SharedModel.Of("stories");
        MachineProgram program = ProgramBinary.Read(ProgramBinary.Write(shared.Model.Program));
        foreach (IReadOnlyList<IReadOnlyList<Instruction>> core in program.Decode.Streams)
        {
            // The first token of the pair, so that its two ends belong together.
            core[(int)from].First(i => i.Release.HasFlag((Units)(1 << (int)to))).Release &= ~(Units)(1 << (int)to);
            core[(int)to].First(i => i.Wait.HasFlag((Units)(1 << (int)from))).Wait &= ~(Units)(1 << (int)from);
        }

        float[] expected = Decode(shared, shared.Model.Program, IssueOrder.RoundRobin());
        Assert.Contains(
            Enumerable.Range(0, Orders),
            order =>
            {
                try
                {
                    return !expected.AsSpan().SequenceEqual(Decode(shared, program, Order(order)));
                }
                catch (CompilationException)
                {
                    // Scratch that was not written yet is poison, which the interpreter tells of.
                    return true;
                }
            });
    }

    private static float[] Decode(SharedModel shared, MachineProgram program, IssueOrder order)
    {
        using DeviceMemory memory = shared.Model.NewMemory();
        using InstructionInterpreter interpreter = new(program, memory, order);
        new Stepper(program, interpreter).Decode(shared.Ids[0]);
        return memory.Logits(0).ToArray();
    }

    // A chunk with a past that fills no row, then a token: both programs, with every kind of instruction at work.
    private static (byte[] Cache, float[] Logits) Run(SharedModel shared, IssueOrder order)
    {
        using DeviceMemory memory = shared.Model.NewMemory();
        using InstructionInterpreter interpreter = new(shared.Model.Program, memory, order);
        Stepper stepper = new(shared.Model.Program, interpreter);
        stepper.Prefill(shared.Ids.AsSpan(0, 21), 16);
        stepper.Decode(shared.Ids[21]);
        return (ExecutorTests.Cache(shared.Model.Program, memory), memory.Logits(0).ToArray());
    }

    private static IssueOrder Order(int number) => number switch
    {
        0 => IssueOrder.LoadsFirst(),
        1 => IssueOrder.LoadsLast(),
        < 50 => IssueOrder.Random((ulong)number),
        _ => IssueOrder.RandomPriorities((ulong)number),
    };
}
