using Flightc.FlightLlm;

namespace Flightc.Tests.Timing;

public sealed class TokenScoreboardTests
{
    /// <summary>Two decoder layers, so that every template and every kind of barrier is there.</summary>
    private static readonly PublishedModel Model = PublishedModel.Llama2With7B with { Layers = 2, Vocabulary = 4096 };

    [Theory]
    [InlineData(1, 640)]
    [InlineData(160, 160)]
    public void Program_order_gives_the_times_of_the_published_scheduler(int tokens, int context)
    {
        PublishedTarget target = PublishedTables.Vhk158;
        InstructionTimes times = new(target, target.Recipe, PublishedOptions.None, null, 0);
        Recorder recorder = new();
        IReadOnlyList<PublishedLayer> layers = tokens == 1
            ? LayerList.Decode(Model, target.Recipe, context)
            : LayerList.Prefill(Model, target.Recipe, tokens);
        PublishedTemplates program = new(target, PublishedOptions.None, layers, AttentionMask.Causal, recorder);
        for (int i = 0; i < program.Count; i++)
        {
            program.Write(i);
        }

        PublishedMachine machine = new(target, Model, target.Recipe, PublishedOptions.None, null);
        StepTiming ours = tokens == 1 ? machine.Decode(context) : machine.Prefill(tokens, AttentionMask.Causal);

        Assert.True(recorder.Instructions.Count > 5000);
        Assert.Equal(Schedule(recorder.Instructions, times), ours.Seconds);
    }

    [Fact]
    public void A_token_that_nobody_gives_and_one_that_nobody_takes_are_found()
    {
        PublishedTarget target = PublishedTables.Vhk158;
        InstructionTimes times = new(target, target.Recipe, PublishedOptions.None, null, 0);
        TemplateInstruction load = new() { Unit = PublishedUnit.Load, Bytes = 64, Channels = 1, Releases = PublishedUnits.Vector };
        TemplateInstruction multiply = new() { Unit = PublishedUnit.Vector, Depth = 16, Columns = 512, Kept = 1, Waits = PublishedUnits.Load };

        Assert.Throws<InvalidOperationException>(() => new TokenScoreboard(times).Add(multiply));
        TokenScoreboard left = new(times);
        left.Add(load);
        Assert.Throws<InvalidOperationException>(left.CheckBalance);
        left.Add(multiply);
        left.CheckBalance();
    }

    /// <summary>
    /// The published rule as it stands: of the heads of all queues that can run, the one that starts first is issued; ties go to the
    /// earlier unit.
    /// </summary>
    private static double Schedule(List<TemplateInstruction> instructions, InstructionTimes times)
    {
        const int Units = 6;
        Queue<TemplateInstruction>[] queues = [.. Enumerable.Range(0, Units).Select(u => new Queue<TemplateInstruction>(instructions.Where(i => (int)i.Unit == u)))];
        Queue<double>[,] tokens = new Queue<double>[Units, Units];
        for (int i = 0; i < Units * Units; i++)
        {
            tokens[i / Units, i % Units] = new Queue<double>();
        }

        double[] free = new double[Units];
        while (true)
        {
            int best = -1;
            double earliest = double.PositiveInfinity;
            for (int unit = 0; unit < Units; unit++)
            {
                if (queues[unit].TryPeek(out TemplateInstruction head))
                {
                    int[] waits = [.. Enumerable.Range(0, Units).Where(u => ((int)head.Waits & (1 << u)) != 0)];
                    double start = waits.All(u => tokens[u, unit].Count > 0) ? waits.Select(u => tokens[u, unit].Peek()).Append(free[unit]).Max() : double.PositiveInfinity;
                    (best, earliest) = start < earliest ? (unit, start) : (best, earliest);
                }
            }

            if (best < 0)
            {
                Assert.All(queues, Assert.Empty);
                Assert.All(tokens.Cast<Queue<double>>(), Assert.Empty);
                return free.Max();
            }

            TemplateInstruction issued = queues[best].Dequeue();
            free[best] = earliest + times.Of(issued);
            for (int other = 0; other < Units; other++)
            {
                if (((int)issued.Waits & (1 << other)) != 0)
                {
                    tokens[other, best].Dequeue();
                }

                if (((int)issued.Releases & (1 << other)) != 0)
                {
                    tokens[best, other].Enqueue(free[best]);
                }
            }
        }
    }

    private sealed class Recorder : InstructionSink
    {
        public List<TemplateInstruction> Instructions { get; } = [];

        public override void Add(in TemplateInstruction instruction) => Instructions.Add(instruction);
    }
}
