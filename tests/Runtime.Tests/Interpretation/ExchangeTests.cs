using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Interpretation;

public sealed class ExchangeTests
{
    [Fact]
    public void Blocks_reach_every_core()
    {
        using TestMachine machine = new(1, 1, 2);
        for (int core = 0; core < 3; core++)
        {
            // Two rows of six numbers; each core has two columns.
            int mine = 100 * core;
            machine.Load(core, 8 * core, mine, mine + 1);
            machine.Load(core, 24 + (8 * core), mine + 2, mine + 3);
            machine.Chain(core, (Unit.Exchange, new Gather { Address = 8 * core, Bytes = 8, Stride = 24, Rows = 2 }));
            machine.Store(core, 0, 48, offset: 48 * core);
        }

        int[] expected = [0, 1, 100, 101, 200, 201, 2, 3, 102, 103, 202, 203];
        Assert.Equal([.. expected, .. expected, .. expected], TestMachine.As<int>(machine.Run(IssueOrder.Random(1)), 36));
        Assert.Equal(1, machine.Traffic.Instructions(2, Unit.Exchange));
    }

    [Fact]
    public void Maxima_and_sums_are_the_same_on_every_core()
    {
        using TestMachine machine = new(1, 1);
        float[][] values = [[1f, float.NegativeInfinity, -5f], [2f, -3f, -4f]];
        long[][] sums = [[1L << 40, -7], [3, 9]];
        for (int core = 0; core < 2; core++)
        {
            machine.Load(core, 16 + core, values[core]);
            machine.Load(core, 64, sums[core]);
            machine.Chain(
                core,
                (Unit.Exchange, new CombineMaxima { Address = 16 + core, Count = 3 }),
                (Unit.Exchange, new CombineSums { Address = 64, Count = 2 }));
            machine.Store(core, 16 + core, 12, offset: 32 * core);
            machine.Store(core, 64, 16, offset: (32 * core) + 16);
        }

        byte[] results = machine.Run(IssueOrder.LoadsLast());
        for (int core = 0; core < 2; core++)
        {
            Assert.Equal([2f, -3f, -4f], TestMachine.As<float>(results, 3, 32 * core));
            Assert.Equal([(1L << 40) + 3, 2], TestMachine.As<long>(results, 2, (32 * core) + 16));
        }
    }

    [Fact]
    public void Waiting_in_an_exchange_stream_is_each_cores_own_affair()
    {
        using TestMachine machine = new(1, 1);
        machine.Stream(0, Unit.Exchange).Add(new Synchronize());
        machine.Load(0, 0, 5L);
        machine.Load(1, 0, 6L);
        machine.Chain(0, (Unit.Exchange, new CombineSums { Address = 0, Count = 1 }));
        machine.Chain(1, (Unit.Exchange, new CombineSums { Address = 0, Count = 1 }));
        machine.Store(1, 0, 8);
        Assert.Equal(11, TestMachine.As<long>(machine.Run(), 1)[0]);
    }

    [Fact]
    public void Exchanges_that_do_not_belong_together_are_refused()
    {
        Refused("core 0 exchanges by xch.sum and core 1 by xch.max", new CombineSums(), new CombineMaxima());
        Refused("core 0 combines 1 numbers and core 1 2", new CombineSums { Count = 1 }, new CombineSums { Count = 2 });
        Refused("the xch unit waits for the exchange of core 1", new Gather());
    }

    private static void Refused(string message, params Instruction[] byCore)
    {
        using TestMachine machine = new(1, 1);
        for (int core = 0; core < byCore.Length; core++)
        {
            machine.Stream(core, Unit.Exchange).Add(byCore[core]);
        }

        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
