using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Interpretation;

public sealed class MultiplyWeightsTests
{
    private const int Rows = 20;
    private const int Columns = 72;
    private const int Tokens = 3;

    [Theory]
    [InlineData(Unit.Matrix, 0)]
    [InlineData(Unit.Vector, 1)]
    [InlineData(Unit.Matrix, 1)]
    public void Products_do_not_depend_on_which_channel_holds_which_tile(Unit unit, int add)
    {
        float[] first = [];
        for (int split = 0; split < 3; split++)
        {
            // Channels are loaded alike, so the rings must hold how much one is ahead: here all tiles in one channel.
            using TestMachine machine = new(3) { WeightRingBytes = 4096 };
            Model model = new(4, 32);
            model.Deal(machine, split);
            float[] y = Multiply(machine, unit, add, Order(split));
            Assert.Equal(model.Expected(add), y);
            first = split == 0 ? y : first;
            Assert.Equal(first, y);
        }
    }

    [Theory]
    [InlineData(2, 32)]
    [InlineData(5, 64)]
    [InlineData(8, 128)]
    public void Every_width_and_group_size_is_multiplied_exactly(int bits, int groupSize)
    {
        using TestMachine machine = new(2) { WeightRingBytes = 4096 };
        Model model = new(bits, groupSize);
        model.Deal(machine, 1);
        Assert.Equal(model.Expected(0), Multiply(machine, Unit.Matrix, 0, IssueOrder.Random(7)));
    }

    [Fact]
    public void A_stream_many_times_the_ring_flows_through_it()
    {
        using TestMachine machine = new(1) { WeightRingBytes = 1280 };
        Model model = new(8, 32);
        model.Deal(machine, 0, repeat: 5);
        machine.Load(0, 0, model.Activations);
        machine.Load(0, 1024, Model.TokenScales);
        for (int i = 0; i < 5; i++)
        {
            machine.Chain(0, (Unit.Matrix, Model.Product(Unit.Matrix, i == 0 ? 0 : 1)));
        }

        LoadAllWeights(machine, 0);
        machine.Store(0, 2048, Tokens * Rows * 4);
        Assert.Equal(model.Expected(0, repeat: 5), TestMachine.As<float>(machine.Run(IssueOrder.LoadsFirst()), Tokens * Rows));
        Assert.Equal(machine.Program().Memory.WeightBytes, machine.Traffic.Channels[0].Weights);
        Assert.True(machine.Traffic.Channels[0].Weights > 10 * 1280);
    }

    [Fact]
    public void A_product_of_no_rows_leaves_the_rings_alone()
    {
        using TestMachine machine = new(1);
        machine.Chain(0, (Unit.Matrix, new MultiplyWeights(Unit.Matrix) { Tokens = 1, Columns = 16, Rows = 0 }));
        _ = machine.Run();
    }

    [Fact]
    public void Weights_left_in_a_ring_are_found_and_padding_is_not()
    {
        using TestMachine machine = new(1);
        machine.Weights(0, [.. WeightStream.End(), .. WeightStream.End()]);
        LoadAllWeights(machine, 0);
        machine.Chain(0, (Unit.Matrix, new MultiplyWeights(Unit.Matrix) { Tokens = 0, Columns = 16, Rows = 16 }));
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Contains("the step ends with weights among the 56 bytes in the weight ring of channel 0", e.Message, StringComparison.Ordinal);
        machine.Chain(0, (Unit.Matrix, new MultiplyWeights(Unit.Matrix) { Tokens = 0, Columns = 16, Rows = 16 }));
        _ = machine.Run();
    }

    [Fact]
    public void A_tile_of_another_product_is_refused_with_its_place()
    {
        using TestMachine machine = new(1);
        machine.Weights(0, [.. WeightStream.Scales(1, new float[16], last: true), .. new byte[64]]);
        LoadAllWeights(machine, 0);
        machine.Chain(0, (Unit.Matrix, new MultiplyWeights(Unit.Matrix) { Tokens = 1, Columns = 16, Rows = 16, Provenance = "layers.0.down" }));
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Equal(Codes.ImageDamaged, e.Diagnostics[0].Code);
        Assert.Equal("core 0, mm 0: mm.linear (layers.0.down)", e.Diagnostics[0].Location);
    }

    private static IssueOrder Order(int number) =>
        number switch { 0 => IssueOrder.RoundRobin(), 1 => IssueOrder.LoadsLast(), _ => IssueOrder.Random(3) };

    private static void LoadAllWeights(TestMachine machine, int core) => machine.Stream(core, Unit.Load).Add(
        new LoadWeights { Address = 0, Pages = machine.Program().Memory.WeightBytes / TestMachine.Page });

    private static float[] Multiply(TestMachine machine, Unit unit, int add, IssueOrder order)
    {
        machine.Load(0, 0, new Model(4, 32).Activations);
        machine.Load(0, 1024, Model.TokenScales);
        machine.Load(0, 2048, Model.Residual);
        machine.Chain(0, (unit, Model.Product(unit, add)));
        LoadAllWeights(machine, 0);
        machine.Store(0, 2048, Tokens * Rows * 4);
        return TestMachine.As<float>(machine.Run(order), Tokens * Rows);
    }

    /// <summary>A product of 20 rows and 72 columns: a short last row block and a short last group.</summary>
    private sealed class Model(int bits, int groupSize)
    {
        private readonly sbyte[] _codes = TestNumbers.Codes(Rows * Columns, 10, bits);
        private readonly int[] _multipliers = [.. TestNumbers.Codes(Rows * 3, 11).Select(c => c & 63)];
        private readonly float[] _scales = [.. TestNumbers.Floats(Rows, 12).Select(Math.Abs)];

        public static float[] TokenScales { get; } = [0.01f, 0.3f, 7f];

        public static float[] Residual { get; } = TestNumbers.Floats(Tokens * Rows, 13);

        // 80 bytes between tokens.
        public sbyte[] Activations { get; } = TestNumbers.Codes(Tokens * 80, 14);

        private int Groups => (Columns + groupSize - 1) / groupSize;

        public static MultiplyWeights Product(Unit unit, int add) => new(unit)
        {
            Codes = 0, CodeStride = 80, Scales = 1024, Tokens = Tokens, Columns = Columns, Rows = Rows, Out = 2048, OutStride = 4 * Rows, Add = add,
        };

        /// <summary>Gives the tiles to the channels: all to the first, in turn, or in turn from the last on with the order reversed.</summary>
        public void Deal(TestMachine machine, int split, int repeat = 1)
        {
            List<(bool IsScales, int Block, int Group)> tiles = [];
            for (int block = 0; block < 2; block++)
            {
                tiles.Add((true, block, 0));
                tiles.AddRange(Enumerable.Range(0, Groups).Select(g => (false, block, g)));
            }

            if (split == 2)
            {
                tiles.Reverse();
            }

            int channels = machine.Program().Geometry.Channels;
            for (int channel = 0; channel < channels; channel++)
            {
                (bool IsScales, int Block, int Group)[] mine = [.. tiles.Where((_, i) => (split == 0 ? 0 : i % channels) == channel)];
                IEnumerable<byte> once = mine.Length == 0 ? WeightStream.End() : mine.SelectMany((t, i) => Tile(t, i == mine.Length - 1));
                machine.Weights(channel, Enumerable.Repeat(once, repeat).SelectMany(b => b));
            }
        }

        public float[] Expected(int add, int repeat = 1)
        {
            float[] y = new float[Tokens * Rows];
            for (int t = 0; t < Tokens; t++)
            {
                for (int n = 0; n < Rows; n++)
                {
                    int sum = Enumerable.Range(0, Columns).Sum(k => _codes[(n * Columns) + k] * Multiplier(n, k / groupSize) * Activations[(80 * t) + k]);
                    float product = _scales[n] * TokenScales[t] * sum;
                    y[(t * Rows) + n] = add == 1 ? Residual[(t * Rows) + n] + product : product;
                    for (int i = 1; i < repeat; i++)
                    {
                        y[(t * Rows) + n] += product;
                    }
                }
            }

            return y;
        }

        private int Multiplier(int n, int g) => n < Rows ? _multipliers[(n * 3) + g] : 0;

        private byte[] Tile((bool IsScales, int Block, int Group) tile, bool last)
        {
            int[] rows = [.. Enumerable.Range(16 * tile.Block, 16)];
            if (tile.IsScales)
            {
                return WeightStream.Scales(tile.Block, [.. rows.Select(n => n < Rows ? _scales[n] : 0f)], last);
            }

            int first = tile.Group * groupSize;
            int count = Math.Min(groupSize, Columns - first);
            sbyte[] codes = [.. rows.SelectMany(n => Enumerable.Range(first, count).Select(k => n < Rows ? _codes[(n * Columns) + k] : (sbyte)0))];
            return WeightStream.Weights(
                tile.Block, tile.Group, bits, groupSize, count, codes, [.. rows.Select(n => Multiplier(n, tile.Group))], last);
        }
    }
}
