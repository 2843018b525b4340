using Flightc.Isa;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Interpretation;

public sealed class IssueOrderTests
{
    private const int Items = 12;
    private const int Buffers = 2;

    public enum Missing
    {
        Nothing,
        BufferIsFree,
        DataIsThere,
        ResultIsThere,
    }

    [Fact]
    public void Every_order_gives_the_same_result()
    {
        HashSet<string> schedules = [];
        foreach (IssueOrder order in Orders())
        {
            (float[] results, string schedule) = Run(order, Missing.Nothing);
            Assert.Equal(Expected(), results);
            _ = schedules.Add(schedule);
        }

        // They did differ in what they tried.
        Assert.True(schedules.Count > 20, $"{schedules.Count} different schedules");
    }

    [Theory]
    [InlineData(Missing.BufferIsFree)]
    [InlineData(Missing.DataIsThere)]
    [InlineData(Missing.ResultIsThere)]
    public void A_missing_token_shows_under_some_order(Missing missing) =>
        Assert.Contains(Orders(), order => !Expected().SequenceEqual(Run(order, missing).Results));

    [Fact]
    public void A_seed_repeats_its_choices()
    {
        Assert.Equal(Run(IssueOrder.Random(5), Missing.Nothing).Schedule, Run(IssueOrder.Random(5), Missing.Nothing).Schedule);
        Assert.Equal(Run(IssueOrder.RandomPriorities(5), Missing.Nothing).Schedule, Run(IssueOrder.RandomPriorities(5), Missing.Nothing).Schedule);
        Assert.NotEqual(Run(IssueOrder.Random(5), Missing.Nothing).Schedule, Run(IssueOrder.Random(6), Missing.Nothing).Schedule);
    }

    [Fact]
    public void Loads_run_ahead_or_behind_as_asked()
    {
        string first = Run(IssueOrder.LoadsFirst(), Missing.BufferIsFree).Schedule;
        string last = Run(IssueOrder.LoadsLast(), Missing.Nothing).Schedule;
        Assert.StartsWith(new string('L', Items), first.Replace("s", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("LL", last.Replace("s", "", StringComparison.Ordinal)[..(3 * Items / 2)], StringComparison.Ordinal);
    }

    private static IEnumerable<IssueOrder> Orders()
    {
        yield return IssueOrder.RoundRobin();
        yield return IssueOrder.LoadsFirst();
        yield return IssueOrder.LoadsLast();
        for (ulong seed = 0; seed < 20; seed++)
        {
            yield return IssueOrder.Random(seed);
            yield return IssueOrder.RandomPriorities(seed);
        }
    }

    private static float[] Inputs() => TestNumbers.Floats(Items * 32, 30);

    private static float[] Expected()
    {
        float[] x = Inputs();
        return [.. Enumerable.Range(0, Items * 16).Select(i =>
        {
            float gate = x[(i / 16 * 32) + (i % 16)];
            return gate / (1f + TestNumbers.Exp2(gate * -BitConverter.UInt32BitsToSingle(0x3fb8aa3b))) * x[(i / 16 * 32) + (i % 16) + 16];
        })];
    }

    // Three units in a pipeline with two buffers between each pair.
    private static (float[] Results, string Schedule) Run(IssueOrder order, Missing missing)
    {
        using TestMachine machine = new(1);
        long table = machine.Table(Inputs());
        List<Instruction> load = machine.Stream(0, Unit.Load);
        List<Instruction> misc = machine.Stream(0, Unit.Misc);
        List<Instruction> store = machine.Stream(0, Unit.Store);
        Units free = missing == Missing.BufferIsFree ? Units.None : Units.Misc;
        Units freed = missing == Missing.BufferIsFree ? Units.None : Units.Load;
        Units there = missing == Missing.DataIsThere ? Units.None : Units.Misc;
        Units loaded = missing == Missing.DataIsThere ? Units.None : Units.Load;
        Units result = missing == Missing.ResultIsThere ? Units.None : Units.Store;
        Units computed = missing == Missing.ResultIsThere ? Units.None : Units.Misc;
        for (int b = 0; b < Buffers; b++)
        {
            misc.Add(new Synchronize { Release = freed });
            store.Add(new Synchronize { Release = Units.Misc });
        }

        for (int i = 0; i < Items; i++)
        {
            int buffer = i % Buffers;
            load.Add(new LoadTable { Address = table + (128 * i), Bytes = 128, Rows = 1, Destination = 128 * buffer, Wait = free, Release = there });
            misc.Add(new ActivateRows
            {
                Source = 128 * buffer, Count = 16, Tokens = 1, Gated = 1, Out = 1024 + (64 * buffer), Wait = loaded | Units.Store, Release = freed | result,
            });
            store.Add(new StoreRows
            {
                Source = 1024 + (64 * buffer), Bytes = 64, Rows = 1, Address = TestMachine.Results + (64 * i), Wait = computed, Release = Units.Misc,
            });
        }

        for (int b = 0; b < Buffers; b++)
        {
            load.Add(new Synchronize { Wait = free });
            misc.Add(new Synchronize { Wait = Units.Store });
        }

        System.Text.StringBuilder schedule = new();
        machine.Trace = e => schedule.Append(e.Mnemonic switch { "ld.table" => 'L', "misc.activate" => 'M', "st.rows" => 'S', _ => 's' });
        return (TestMachine.As<float>(machine.Run(order), Items * 16), schedule.ToString());
    }
}
