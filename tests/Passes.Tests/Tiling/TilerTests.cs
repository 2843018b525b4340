using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Tiling;
using Flightc.Schedules;

namespace Flightc.Tests.Tiling;

public sealed class TilerTests
{
    private const long Scratch = 4608 << 10;

    private static LlamaShape Small { get; } = new(2, 192, 328, 6, 2, 1003, 100);

    public static TheoryData<int, int, int, int, int, int> Decoders() => new()
    {
        { 32, 4096, 11008, 32, 32, 32000 },
        { 32, 4096, 14336, 32, 8, 128256 },
        { 22, 2048, 5632, 32, 4, 32000 },
    };

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Channels_of_all_cores_carry_the_same_weights(int layers, int hidden, int ffn, int heads, int kvHeads, int vocabulary)
    {
        Schedule schedule = Tiler.Tile(
            new LlamaShape(layers, hidden, ffn, heads, kvHeads, vocabulary).Graph(), LlamaShape.Machine(Scratch, 11, 11, 10), 128);

        double[] bytes = [.. schedule.Geometry.Cores.Select((range, core) => WeightBytes(schedule, core) / range.Count)];
        Assert.True(bytes.Max() / bytes.Min() < 1.005, string.Join(", ", bytes));
        Assert.Empty(ScheduleVerifier.Verify(schedule));
    }

    [Fact]
    public void A_model_of_32_layers_survives_its_text()
    {
        Schedule schedule = Tiler.Tile(LlamaShape.Seven.Graph(), LlamaShape.Machine(Scratch, 11, 11, 10), 128);
        string text = ScheduleText.Print(schedule);

        Schedule parsed = ScheduleText.Parse(text, "schedule");

        Assert.Equal(text, ScheduleText.Print(parsed));
        Assert.Empty(ScheduleVerifier.Verify(parsed));
        Assert.Equal(schedule.Phases[0].Steps.SelectMany(s => s.Arguments), parsed.Phases[0].Steps.SelectMany(s => s.Arguments));
        Assert.All(text.Split('\n'), line => Assert.True(line.Length < 240, line));
    }

    [Fact]
    public void Another_format_of_one_layer_changes_the_lines_of_its_weights_alone()
    {
        string Text(int bits) => ScheduleText.Print(Tiler.Tile(
            Small.Graph(w => new QuantizedFormat(w.Name == "layers.1.attn.o.weight" ? bits : 4, 64)), LlamaShape.Machine(1 << 20, 1), 8));

        string[] before = Text(4).Split('\n');
        string[] after = Text(8).Split('\n');

        Assert.Equal(before.Length, after.Length);
        Assert.All(before.Zip(after).Where(pair => pair.First != pair.Second), pair =>
            Assert.Equal(pair.First.Replace("format=4g64", "format=8g64", StringComparison.Ordinal), pair.Second));
        Assert.Single(before.Zip(after), pair => pair.First != pair.Second);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2, 2)]
    [InlineData(3, 2, 1)]
    [InlineData(1, 1, 1, 1, 1)]
    public void Odd_sizes_give_valid_schedules(params int[] channels)
    {
        Schedule schedule = Tiler.Tile(Small.Graph(), LlamaShape.Machine(1 << 20, channels), 7);

        Assert.Empty(ScheduleVerifier.Verify(schedule));
        Assert.Equal(7, schedule.MaxTokens);
        Assert.Equal(1003, schedule.PartitionOf("vocabulary").Total);
    }

    [Fact]
    public void Formats_may_differ_within_a_product()
    {
        Schedule schedule = Tiler.Tile(
            Small.Graph(w => new QuantizedFormat(w.Name.EndsWith(".k.weight", StringComparison.Ordinal) ? 8 : 3, 32)), LlamaShape.Machine(1 << 20, 2, 2), 4);

        Assert.Empty(ScheduleVerifier.Verify(schedule));
        Assert.Equal(["3g32", "8g32", "3g32"], schedule.ProductOf("layers.1.attn.qkv").Parts.Select(p => p.Format.ToString()));
    }

    [Fact]
    public void Scratch_decides_how_many_tokens_a_step_has()
    {
        Graph graph = Small.Graph();
        int[] tokens = [.. new[] { 1 << 20, 1 << 17, 1 << 16 }.Select(scratch => Tiler.Tile(graph, LlamaShape.Machine(scratch, 2, 1), 64).MaxTokens)];

        Assert.Equal(tokens.OrderDescending(), tokens);
        Assert.Distinct(tokens);
        Assert.All(tokens, t => Assert.Equal(0, 64 % t));
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_the_bytes_it_asks_for_suffice()
    {
        Graph graph = Small.Graph();

        CompilationException e = Assert.Throws<CompilationException>(() => Tiler.Tile(graph, LlamaShape.Machine(4096, 2, 1), 64));

        Diagnostic diagnostic = Assert.Single(e.Diagnostics);
        Assert.Equal(Codes.DoesNotFit, diagnostic.Code);
        long wanted = long.Parse(diagnostic.Message.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        Schedule schedule = Tiler.Tile(graph, LlamaShape.Machine(wanted, 2, 1), 64);
        Assert.Equal(1, schedule.MaxTokens);
        Assert.Empty(ScheduleVerifier.Verify(schedule));
    }

    [Fact]
    public void A_small_model_gets_small_pages()
    {
        Assert.Equal(128, Tiler.Tile(Small.Graph(), LlamaShape.Machine(1 << 20, 4, 4), 4).Geometry.PageBytes);
        Assert.Equal(4096, Tiler.Tile(LlamaShape.Seven.Graph(), LlamaShape.Machine(Scratch, 11, 11, 10), 128).Geometry.PageBytes);
    }

    [Fact]
    public void Only_regions_of_the_shared_place_overlap()
    {
        Schedule schedule = Tiler.Tile(Small.Graph(), LlamaShape.Machine(1 << 20, 2, 1), 16);
        HashSet<string> overlapping =
        [
            .. schedule.Regions.Where(r => schedule.Regions.Any(o => o != r && o.Address < r.Address + r.Bytes && r.Address < o.Address + o.Bytes))
                .Select(r => r.Name),
        ];

        Assert.Equal(["attention", "hidden", "projections", "rows"], overlapping.Order(StringComparer.Ordinal));
        Assert.True(schedule.Regions.Max(r => r.Address + r.Bytes) <= 1 << 20);
    }

    [Fact]
    public void Score_slots_count_the_slots_of_every_query_row_on_the_widest_core()
    {
        // 3 tokens, 3 query heads to a KV head, 2 channels, and 100 positions over 3 channels.
        Schedule schedule = Tiler.Tile(Small.Graph(), LlamaShape.Machine(1 << 20, 2, 1), 3);

        Assert.Equal(3 * 3 * 2 * 34, schedule.ScoreSlots);
    }

    private static double WeightBytes(Schedule schedule, int core) => schedule.Products.Sum(product => product.Parts.Sum(part =>
        schedule.RowsOf(product, part, core).Count * product.Columns * (part.Format.Bits + (6.0 / part.Format.GroupSize)) / 8));
}
