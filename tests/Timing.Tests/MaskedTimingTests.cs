using Flightc.IR;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Schedules;
using Flightc.Timing;

namespace Flightc.Tests;

/// <summary>Attention masks make prompts faster: by their real bits, and by what the emulator skips.</summary>
public sealed class MaskedTimingTests
{
    [Fact]
    public void A_window_makes_a_prompt_faster_and_a_generated_token_no_slower()
    {
        ShapedModel full = ShapedModel.Of("llama2-7b", "u280", "w3.5", 2048);
        ShapedModel masked = ShapedModel.Of("llama2-7b", "u280", "w3.5", 2048, masks: Window(1, 4));
        StepTiming before = full.CycleModel().Run(StepCase.Prefill(1920, 128, true), Explanation.None);
        StepTiming after = masked.CycleModel().Run(StepCase.Prefill(1920, 128, true), Explanation.None);
        Assert.True(after.Cycles < before.Cycles);

        // 1 of 32 blocks is the sink, 4 or 5 the window of either block of queries, of which a row of slots more may be loaded.
        Assert.InRange((double)after.Traffic.CacheRead / before.Traffic.CacheRead, 4.0 / 30, 7.0 / 30);
        Assert.InRange((double)after.Macs.Attention / before.Macs.Attention, 4.0 / 32, 7.0 / 32);
        Assert.Equal(before.Macs.Weights, after.Macs.Weights);
        Assert.Equal(
            full.CycleModel().Run(StepCase.Decode(1920), Explanation.None).Cycles,
            masked.CycleModel().Run(StepCase.Decode(1920), Explanation.None).Cycles);
    }

    [Fact]
    public void Masks_that_keep_everything_move_every_row()
    {
        ShapedModel full = ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 1024);
        ShapedModel masked = ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 1024, masks: Window(0, 2000));
        foreach (long past in new[] { 0L, 100, 512, 896 })
        {
            StepTiming before = full.CycleModel().Run(StepCase.Prefill(past, 128, true), Explanation.None);
            StepTiming after = masked.CycleModel().Run(StepCase.Prefill(past, 128, true), Explanation.None);
            Assert.Equal(before.Traffic.CacheRead, after.Traffic.CacheRead);

            // Only the half block above the diagonal is left out.
            Assert.InRange((double)after.Macs.Attention / before.Macs.Attention, 0.74, 1);
            Assert.InRange(after.Cycles / before.Cycles, 0.97, 1.01);
        }
    }

    [Fact]
    public void Where_nobody_knows_the_masks_every_block_counts_as_kept()
    {
        ShapedModel masked = ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 1024, masks: Window(1, 2));
        Backend.Emission.AddressMap addresses = Backend.Emission.AddressMap.Of(masked.Schedule);
        MachineProgram program = Backend.Emission.Emitter.Emit(masked.Schedule, addresses);
        ProgramWork work = addresses.Work with { MaskBytes = null };
        StepTiming unknown = new CycleModel(program, masked.Target, work).Run(StepCase.Prefill(512, 128, true), Explanation.None);
        StepTiming known = masked.CycleModel().Run(StepCase.Prefill(512, 128, true), Explanation.None);
        Assert.True(known.Traffic.CacheRead < unknown.Traffic.CacheRead);
        Assert.Equal(
            ShapedModel.Of("tinyllama-1.1b", "u280", "w3.5", 1024).CycleModel().Run(StepCase.Prefill(512, 128, true), Explanation.None).Traffic.CacheRead,
            unknown.Traffic.CacheRead);
    }

    [Theory]
    [InlineData("llama2-7b", "u280")]
    [InlineData("tinyllama-1.1b", "vhk158")]
    public void The_cost_of_a_masked_schedule_is_within_three_percent_of_the_cycle_model(string shape, string target)
    {
        ShapedModel model = ShapedModel.Of(shape, target, "w3.5", 2048, masks: Random(3));
        ScheduleCost cost = new(model.Schedule, model.Target);
        CycleModel cycles = model.CycleModel();
        foreach (long past in new[] { 0L, 640, 1920 })
        {
            foreach (Explanation explanation in Enum.GetValues<Explanation>())
            {
                double timed = cycles.Run(StepCase.Prefill(past, 128, true), explanation).Seconds;
                Assert.InRange(cost.Prefill(past, 128, true, model.LostBy(explanation)) / timed, 0.97, 1.03);
            }
        }
    }

    [Fact]
    public void The_published_masks_save_most_of_a_long_prompt_s_attention()
    {
        string folder = TestData.Wider("reference", "flightllm-vhk158", "attention_mask");
        AttentionMasks published = new([.. Enumerable.Range(0, 32).Select(layer => Read(Path.Combine(folder, $"attention_mask_{layer}.mask.npy")))]);
        Assert.InRange(published.KeptShare(), 0.30, 0.31);
        ShapedModel full = ShapedModel.Of("llama2-7b", "u280", "w3.5", 2048);
        ShapedModel masked = ShapedModel.Of("llama2-7b", "u280", "w3.5", 2048, masks: _ => published);
        (double before, double after, double macsBefore, double macsAfter) = (0, 0, 0, 0);
        for (long past = 0; past < 2048; past += 128)
        {
            StepTiming one = full.CycleModel().Run(StepCase.Prefill(past, 128, past == 1920), Explanation.Load);
            StepTiming other = masked.CycleModel().Run(StepCase.Prefill(past, 128, past == 1920), Explanation.Load);
            (before, after) = (before + one.Seconds, after + other.Seconds);
            (macsBefore, macsAfter) = (macsBefore + one.Macs.Attention, macsAfter + other.Macs.Attention);
        }

        Assert.InRange(macsAfter / macsBefore, 0.28, 0.35);
        Assert.InRange(after / before, 0.955, 0.965);
        Assert.InRange(Emitted(masked), 0, 1 << 20);
    }

    private static long Emitted(ShapedModel model) =>
        ProgramBinary.Write(Backend.Emission.Emitter.Emit(model.Schedule, Backend.Emission.AddressMap.Of(model.Schedule))).Length;

    // (32, 32, 32) booleans; diagonals that are not set are kept here, since a query has to see itself.
    private static LayerMask Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = 10 + BitConverter.ToUInt16(file, 8);
        return new LayerMask(32, 32, (head, i, j) => file[header + (((head * 32) + i) * 32) + j] != 0);
    }

    private static Func<Graph, AttentionMasks> Window(int sink, int window) => graph =>
    {
        Attention[] attentions = [.. graph.Nodes.Select(n => n.Op).OfType<Attention>()];
        return AttentionMasks.Window(attentions.Length, attentions[0].Heads, sink, window);
    };

    private static Func<Graph, AttentionMasks> Random(ulong seed) => graph =>
    {
        RandomNumbers random = new(seed);
        Attention[] attentions = [.. graph.Nodes.Select(n => n.Op).OfType<Attention>()];
        return new AttentionMasks([.. attentions.Select(a => new LayerMask(a.Heads, 32, (_, i, j) => random.Below(100) < 30 || j == 0))]);
    };
}
