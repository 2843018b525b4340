using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>The model moves pages, runs of rows and shares of products; a simulation of every burst, row and tile agrees with it.</summary>
public sealed class SmallStepTests
{
    private const int Channels = 3;

    // Random machines: bound by memory, by the array, by the ring's port, by small rings.
    [Theory]
    [InlineData(1, 64.0, 4096.0, 128)]
    [InlineData(2, 64.0, 100.0, 128)]
    [InlineData(3, 64.0, 4096.0, 24)]
    [InlineData(4, 17.3, 400.0, 64)]
    [InlineData(5, 5.0, 60.0, 32)]
    [InlineData(6, 40.0, 300.0, 41)]
    [InlineData(7, 113.8, 900.0, 256)]
    public void Products_end_when_a_simulation_in_small_steps_says(int seed, double rate, double macs, int width)
    {
        RandomNumbers random = new((ulong)seed);
        int page = 256 * (1 + random.Below(8));
        int weightRing = (page * (3 + random.Below(6))) + random.Below(64) + 2048;
        int cacheRing = 1024 * (2 + random.Below(6));
        List<SmallStepMachine.Load> loads = [];
        List<SmallStepMachine.Product> products = [];
        List<ProductWork> work = [];
        List<Instruction> load = [];
        List<Instruction> vector = [];
        long[] lengths = new long[Channels];
        long pages = 0;
        for (int i = 0; i < 12; i++)
        {
            if (random.Below(3) < 2)
            {
                int[][] tiles = Tiles(random, lengths);
                double each = 100.0 * (1 + random.Below(4000));
                products.Add(new SmallStepMachine.Product(tiles, each * Channels, 0, 0));
                work.Add(new ProductWork([.. tiles.Select(t => new ChannelWork(t.Sum(), 0, 0, (long)each, 0))]));
                vector.Add(new MultiplyWeights(Unit.Vector) { Tokens = 1, Rows = 16 });
                for (int c = 0; c < Channels; c++)
                {
                    lengths[c] += tiles[c].Sum();
                }

                long more = ((lengths.Max() + page - 1) / page) - pages;
                if (more > 0)
                {
                    loads.Add(new SmallStepMachine.Load(more, 0, 0, pages * page));
                    load.Add(new LoadWeights { Address = pages * page, Pages = more });
                }

                pages += more;
            }
            else
            {
                int d = 16 * (1 + random.Below(8));
                int rows = 1 + random.Below(200);
                long address = 32 * random.Below(1000);
                int heads = 1 + random.Below(3);
                long pitch = 64 * (100 + random.Below(1000));
                load.Add(new LoadCache { Address = address, Bytes = d + 4, Rows = rows, Heads = heads, HeadPitch = pitch });
                for (int head = 0; head < heads; head++)
                {
                    loads.Add(new SmallStepMachine.Load(0, rows, d + 4, address + (head * pitch)));
                    products.Add(new SmallStepMachine.Product(null, (double)rows * Channels * d, rows, d + 4));
                    vector.Add(new MultiplyKeys(Unit.Vector) { Tokens = 1, Group = 1, HeadDim = d, Rows = rows, Slots = rows });
                }
            }
        }

        vector[^1].Release = Units.System;
        Geometry geometry = new("steps", [new ChannelRange(0, Channels)], 1 << 28, 1 << 28, 1 << 20, weightRing, cacheRing, page);
        Target target = MachineOf(rate, macs, width, weightRing, cacheRing, page);
        MachineProgram program = new(
            geometry, new MemoryMap(0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1), [],
            [new EntryPoint("decode", [[load, [], [], vector, [], [], [new EndProgram { Wait = Units.Vector }]]], [])]);
        StepTiming timing = CycleModel.Run(program, target, new ProgramWork([work]), StepCase.Decode(0), Explanation.None);

        SmallStepMachine machine = new()
        {
            Rate = rate,
            Latency = 30,
            RowBytes = 1024,
            RowSwitch = 2,
            Page = page,
            WeightRing = weightRing,
            CacheRing = cacheRing,
            Width = width,
            Macs = macs,
            Fill = 10,
        };
        double exact = machine.Run(Channels, loads, products);
        Assert.InRange(timing.Cycles, 0.985 * exact, 1.015 * exact);
    }

    // Tiles of up to 532 bytes, multiples of 4 as real ones are; each goes to the channel with the shortest stream, so
    // that streams stay about equally long as the packer sees to.
    private static int[][] Tiles(RandomNumbers random, long[] lengths)
    {
        List<int>[] tiles = [.. Enumerable.Range(0, Channels).Select(_ => new List<int> { 8 })];
        long[] levels = [.. lengths];
        for (int left = random.Below(120); left > 0; left--)
        {
            int shortest = Array.IndexOf(levels, levels.Min());
            tiles[shortest].Add(8 + (4 * random.Below(132)));
            levels[shortest] += tiles[shortest][^1];
        }

        return [.. tiles.Select(t => t.ToArray())];
    }

    // Nothing but what the simulation in small steps has takes time: fetching and tokens are free.
    private static Target MachineOf(double rate, double macs, int width, int weightRing, int cacheRing, int page) => new(
        "steps", "for one test", "none", MachineProgram.IsaVersion, 1,
        new HbmMemory(Channels, 1 << 28, rate), new DdrMemory(1 << 28, 1e12), [Channels],
        new CoreUnits(1 << 20, new MatrixEngine(1, 1, (int)macs, 1), 1, 1),
        new ChannelBuffers(weightRing, cacheRing, page, width), 1, new CardResources(1, 1, 1),
        new TimingConstants(
            new HbmTiming(30, 1, 1024, 2, 0, 0), new DdrTiming(0, 1), new PipelineTiming(0, 10, 0, 0, 1 << 20),
            new HostTiming(0, 1, 0), new FittedTiming(0, 0)),
        new EnergyConstants(0, 0, 0, 0, 0));
}
