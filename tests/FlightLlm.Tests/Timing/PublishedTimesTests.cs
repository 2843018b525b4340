using Flightc.FlightLlm;

namespace Flightc.Tests.Timing;

public sealed class PublishedTimesTests
{
    private static readonly PublishedMachine Machine = new(
        PublishedTables.Vhk158, PublishedModel.Llama2With7B, PublishedTables.Vhk158.Recipe, PublishedOptions.None, null);

    [Fact]
    public void All_120_released_decode_tables_are_reproduced_to_their_last_digit()
    {
        int tables = 0;
        for (int context = 144; context <= 2048; context += 16)
        {
            PublishedTables.Table published = PublishedTables.Read("decode", context);
            Check(published, Machine.Decode(context), $"decode {context}");
            tables++;
        }

        Assert.Equal(120, tables);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(512)]
    public void Both_released_prefill_tables_are_reproduced_with_the_released_masks(int tokens)
    {
        PublishedTables.Table published = PublishedTables.Read("prefill", tokens);
        AttentionMask mask = ReleasedMask.Read(PublishedModel.Llama2With7B.Layers);

        Check(published, Machine.Prefill(tokens, mask), $"prefill {tokens}");
    }

    private static void Check(PublishedTables.Table published, StepTiming timing, string what)
    {
        Assert.Equal(published.Counts, timing.Counts);
        Assert.Equal(published.Instructions, timing.Instructions);
        for (int unit = 0; unit < published.BusyMs.Length; unit++)
        {
            double ours = timing.BusySeconds[unit] * 1e3;
            Assert.True(Math.Abs(ours - published.BusyMs[unit]) <= 1.1e-6, $"{what}, {(PublishedUnit)unit}: {ours} instead of {published.BusyMs[unit]}");
        }

        double total = timing.Seconds * 1e3;
        Assert.True(Math.Abs(total - published.TotalMs) <= 1.1e-6, $"{what}: {total} ms instead of {published.TotalMs}");
    }
}
