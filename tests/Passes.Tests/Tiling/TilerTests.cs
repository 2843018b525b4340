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
    public void A_pattern_that_cores_would_cut_within_16_rows_is_refused()
    {
        // Six heads of 24 rows over two cores of one channel and two: the second begins with row 48 of queries, and with 24 of keys.
        LlamaShape shape = Small with { HeadDim = 24 };
        QuantizedFormat pattern = QuantizedFormat.Parse("4g64 16.8.8.4:16")!.Value;
        Schedule Tile(LlamaShape of, string weight, params int[] channels) => Tiler.Tile(
            of.Graph(w => w.Name.EndsWith(weight, StringComparison.Ordinal) ? pattern : new QuantizedFormat(8, 64)), LlamaShape.Machine(1 << 20, channels), 8);

        CompilationException error = Assert.Throws<CompilationException>(() => Tile(shape, "attn.k.weight", 2, 2));

        Assert.Equal((Codes.DoesNotFit, "layers.0.attn.k.weight"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
        Assert.Contains(
            "is wanted as 4g64 16.8.8.4:16, a pattern of blocks of 16 rows, but heads of 24 rows divide it among cores at row 24", error.Message, StringComparison.Ordinal);
        Assert.Contains("8:16", error.Diagnostics[0].Help, StringComparison.Ordinal);
        Assert.Empty(ScheduleVerifier.Verify(Tile(shape, "attn.k.weight", 4)));
        Assert.Empty(ScheduleVerifier.Verify(Tile(shape, "attn.o.weight", 2, 2)));
        Assert.Empty(ScheduleVerifier.Verify(Tile(Small with { HeadDim = 48 }, "attn.k.weight", 2, 2)));
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
    public void What_is_needed_throughout_a_phase_overlaps_nothing_of_it_and_attention_lies_apart()
    {
        Schedule schedule = Tiler.Tile(Small.Graph(), LlamaShape.Machine(1 << 20, 2, 1), 16);
        foreach (string phase in new[] { "decode", "prefill" })
        {
            Region[] regions = [.. schedule.Regions.Where(r => r.Name.StartsWith(phase, StringComparison.Ordinal))];
            string[] Overlapped(Region region) =>
                [.. regions.Where(o => o != region && o.Address < region.Address + region.Bytes && region.Address < o.Address + o.Bytes).Select(o => o.Name)];
            foreach (string name in new[] { "residual", "norm.0", "norm.1", "maxima", "sums", "scales", "positions" })
            {
                Assert.Empty(Overlapped(regions.Single(r => r.Name == $"{phase}.{name}")));
            }

            string[] attention = [.. new[] { "head.codes", "head.scales", "scores", "probabilities", "weighted", "attention", "row.sums" }.Select(n => $"{phase}.{n}")];
            Assert.All(attention, name => Assert.Empty(Overlapped(regions.Single(r => r.Name == name)).Intersect(attention)));
            Assert.NotEmpty(Overlapped(regions.Single(r => r.Name == $"{phase}.hidden")));
        }

        Assert.True(schedule.Regions.Max(r => r.Address + r.Bytes) <= 1 << 20);
    }

    [Theory]
    [InlineData(32, AttentionDivision.Heads)]
    [InlineData(3, AttentionDivision.Heads)]
    [InlineData(2, AttentionDivision.Keys)]
    [InlineData(1, AttentionDivision.Keys)]
    public void Attention_is_divided_by_heads_where_every_core_gets_one(int kvHeads, AttentionDivision expected)
    {
        LlamaShape shape = new(1, kvHeads * 64, 328, kvHeads * 2, kvHeads, 100);

        Schedule schedule = Tiler.Tile(shape.Graph(), LlamaShape.Machine(1 << 20, 11, 11, 10), 4);

        Assert.Equal(expected, schedule.Mapping.Attention);
        Assert.Equal(expected == AttentionDivision.Heads ? kvHeads : 4 * kvHeads, schedule.PartitionOf("heads").Total);
    }

    [Fact]
    public void A_decode_step_of_LLaMA2_7B_has_four_exchanges_in_a_layer()
    {
        Schedule schedule = Tiler.Tile(LlamaShape.Seven.Graph(), LlamaShape.Machine(Scratch, 11, 11, 10), 128);

        // The first norm needs none, as every core makes whole rows of the embedding; the last one needs one.
        Assert.Equal(4 * 32, schedule.Phases[0].Steps.Count(s => s.Kind is StepKind.Gather or StepKind.Maximum or StepKind.Sum));
        Assert.Equal([0, 11, 22, 32], schedule.PartitionOf("heads").Bounds);
        Assert.Equal(128, schedule.MaxTokens);
    }

    [Fact]
    public void Scratch_decides_whether_values_are_gathered_and_how_many_loops_attention_has()
    {
        Graph graph = new LlamaShape(1, 4096, 11008, 32, 8, 1000, 4096).Graph();
        PhaseMapping[] mappings =
        [
            .. new[] { 1 << 20, 300_000, 160_000 }.Select(scratch => Tiler.Tile(graph, LlamaShape.Machine(scratch, 4, 4, 4), 1).Mapping.Decode),
        ];

        Assert.Equal([new(GatherForm.Values, 2), new(GatherForm.Values, 1), new(GatherForm.Codes, 1)], mappings);
    }

    [Fact]
    public void A_choice_that_does_not_fit_is_refused_and_not_replaced()
    {
        Graph graph = new LlamaShape(1, 4096, 11008, 32, 8, 1000, 4096).Graph();

        CompilationException e = Assert.Throws<CompilationException>(
            () => Tiler.Tile(graph, LlamaShape.Machine(300_000, 4, 4, 4), 1, new MappingOptions { DecodeLoops = 2 }));

        Assert.Equal(Codes.DoesNotFit, e.Diagnostics[0].Code);
    }

    [Fact]
    public void Choices_that_mean_nothing_are_refused()
    {
        foreach (MappingOptions options in new MappingOptions[]
        {
            new() { DecodeLoops = 3 }, new() { PrefillLoops = 0 }, new() { GateRows = 24 }, new() { HeadRows = 0 }, new() { PrefillTokens = 0 },
            new() { AheadPercent = 101 },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Tiler.Tile(Small.Graph(), LlamaShape.Machine(1 << 20, 1), 4, options));
        }
    }

    [Fact]
    public void Score_slots_count_the_slots_of_every_query_row_on_the_widest_core()
    {
        // 3 tokens, 3 query heads to a KV head. By keys: 2 channels, and 100 positions over 3; by heads: 100 positions over a core's 2 or 1.
        long Slots(AttentionDivision attention) => Tiler.Tile(
            Small.Graph(), LlamaShape.Machine(1 << 20, 2, 1), 3, new MappingOptions { Attention = attention }).ScoreSlots;

        Assert.Equal(3 * 3 * 2 * 34, Slots(AttentionDivision.Keys));
        Assert.Equal(3 * 3 * 100, Slots(AttentionDivision.Heads));
    }

    private static double WeightBytes(Schedule schedule, int core) => schedule.Products.Sum(product => product.Parts.Sum(part =>
        schedule.RowsOf(product, part, core).Count * product.Columns * (part.Format.Bits + (6.0 / part.Format.GroupSize)) / 8));
}
