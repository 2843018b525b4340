using Flightc.Diagnostics;
using Flightc.FlightLlm;

namespace Flightc.Tests.Timing;

public sealed class PublishedEstimateTests
{
    private static readonly PublishedModel Model = PublishedModel.Llama2With7B;

    [Theory]
    [InlineData(128, 512, 289.9, 4946.4, 103.5)]
    [InlineData(128, 1024, 289.9, 10318.6, 99.2)]
    [InlineData(128, 1536, 289.9, 16103.1, 95.4)]
    public void The_released_cases_come_out_on_the_vhk158(int prompt, int generate, double prefillMs, double decodeMs, double speed)
    {
        PublishedEstimate estimate = PublishedEstimate.Of(PublishedTables.Vhk158, Model, null, [new(prompt, generate)]);

        PublishedCaseTiming timing = Assert.Single(estimate.Cases);
        Assert.Equal(prefillMs, timing.PrefillSeconds * 1e3, 1);
        Assert.Equal(decodeMs, timing.DecodeSeconds * 1e3, 1);
        Assert.Equal(speed, timing.TokensPerSecond, 1);
    }

    [Theory]
    [InlineData(512, 5269.0, 97.2)]
    [InlineData(1024, 10950.5, 93.5)]
    [InlineData(1536, 17044.3, 90.1)]
    public void The_released_cases_with_long_prompts_need_the_released_masks_for_the_prompt_only(int generate, double decodeMs, double speed)
    {
        PublishedTarget target = PublishedTables.Vhk158;
        PublishedCaseTiming causal = PublishedEstimate.Of(target, Model, null, [new(512, generate)]).Cases[0];

        Assert.Equal(decodeMs, causal.DecodeSeconds * 1e3, 1);
        Assert.Equal(speed, causal.TokensPerSecond, 1);
        // 1181.4 ms with the released masks, which leave out a fifth of the causal blocks.
        Assert.Equal(1186.7, causal.PrefillSeconds * 1e3, 1);
    }

    [Fact]
    public void Every_figure_is_over_the_decimal_peak_of_the_card()
    {
        PublishedCaseTiming timing = PublishedEstimate.Of(PublishedTables.Vhk158, Model, null, [new(112, 16)]).Cases[0];

        // INT4 weights are 3.15 GB and the cache 33 MB; the programs read the cache twice, and operands eightfold.
        Assert.Equal(3.26e9, timing.BytesPerToken, 0.005e9);
        Assert.Equal(timing.HbmBytesPerSecond / 819.2e9, timing.Utilization, 12);
        Assert.Equal(0.43, timing.Utilization, 2);
        Assert.Equal(PublishedUnit.Vector, timing.Bottleneck);
        Assert.Equal(6.32e9, timing.MacsPerToken, 0.02e9);
        Assert.InRange(timing.MacUtilization, 0.18, 0.19);
    }

    [Fact]
    public void Program_sizes_of_the_three_schemes_are_those_of_the_paper()
    {
        ProgramSizes u280 = ProgramSizes.Of(PublishedTables.U280, Model, AttentionMask.Causal);
        ProgramSizes vhk158 = ProgramSizes.Of(PublishedTables.Vhk158, Model, AttentionMask.Causal);

        // The paper's units are binary: 3 x 2048 x (2.9 + 282.1) MB are 1.67 TB only with 1024s.
        const double Giga = 1024.0 * 1024 * 1024;
        Within(0.10, 1.67 * 1024 * Giga, u280.Naive);
        Within(0.10, 4.77 * Giga, u280.Bucketed);
        Within(0.10, 3.25 * Giga, u280.Merged);
        Within(0.05, 2.9 * 1024 * 1024, vhk158.DecodeAverage);
        Within(0.05, 282.1 * 1024 * 1024, vhk158.PrefillAverage);
        Within(0.05, 4.77 * Giga, vhk158.Bucketed);
        Within(0.05, 1.67 * 1024 * Giga, vhk158.Naive * 3 / 4);
    }

    public static TheoryData<string, PublishedModel> Shapes => new()
    {
        { "Llama-3.2-1B", new PublishedModel(2048, 8192, 16, 32, 8, 64, 128256) },
        { "Llama-3-8B", new PublishedModel(4096, 14336, 32, 32, 8, 128, 128256) },
        { "Llama-2-13B", new PublishedModel(5120, 13824, 40, 40, 40, 128, 32000) },
        { "TinyLlama-1.1B", new PublishedModel(2048, 5632, 22, 32, 4, 64, 32000) },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Other_shapes_with_shared_keys_as_well_are_estimated_on_both_machines(string name, PublishedModel model)
    {
        foreach (PublishedTarget target in (PublishedTarget[])[PublishedTables.Vhk158, PublishedTables.U280])
        {
            PublishedCaseTiming timing = PublishedEstimate.Of(target, model, null, [new(128, 32)]).Cases[0];

            // No faster than the weights allow at the peak of the memory; barriers take most of the time of small models.
            double ceiling = target.Hbm.PeakBytesPerSecond / (model.StreamedWeights * target.Recipe.BytesPerWeight(0.9));
            Assert.True(timing.TokensPerSecond > ceiling / 8 && timing.TokensPerSecond < ceiling, $"{name} on {target.Name}: {timing.TokensPerSecond} of {ceiling}");
        }
    }

    [Fact]
    public void Layers_counted_once_and_multiplied_are_as_many_as_layers_counted_one_by_one()
    {
        PublishedTarget target = PublishedTables.U280 with { MaxLength = 256 };
        AttentionMask one = new((_, _, query, key) => key <= query, isTheSameForAllLayers: true);
        AttentionMask each = new((_, _, query, key) => key <= query);

        Assert.Equal(ProgramSizes.Of(target, Model, each), ProgramSizes.Of(target, Model, one));
    }

    [Fact]
    public void What_a_machine_cannot_hold_is_refused()
    {
        PublishedTarget target = PublishedTables.Vhk158;

        CompilationException tooLong = Assert.Throws<CompilationException>(() => PublishedEstimate.Of(target, Model, null, [new(512, 1537)]));
        CompilationException tooManyHeads = Assert.Throws<CompilationException>(
            () => PublishedEstimate.Of(target, Model with { Heads = 40, KvHeads = 40 }, null, [new(512, 1536)]));
        CompilationException odd = Assert.Throws<CompilationException>(() => PublishedEstimate.Of(target, Model with { Vocabulary = 50257 }, null, [new(1, 1)]));

        Assert.Equal(Codes.LengthUnsupported, tooLong.Diagnostics[0].Code);
        Assert.Equal(Codes.DoesNotFit, tooManyHeads.Diagnostics[0].Code);
        Assert.Contains("81920 bytes does not fit the B buffer of 65536", tooManyHeads.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Equal(Codes.DoesNotFit, odd.Diagnostics[0].Code);
    }

    private static void Within(double share, double published, double ours) =>
        Assert.True(Math.Abs(ours - published) <= share * published, $"{ours:F0} instead of {published:F0}");
}
