using Flightc.Cli.Layers;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.Layers;

public sealed class ActivationRowsTests
{
    private static readonly Graph Graph = GraphText.Parse(
        """
        graph "g" context=16
        input ids: i32[T]
        weight embed.weight: f32[8,64] 8g32
        embed: f32[T,64] = embedding ids, embed.weight
        cache: i8k[T,64] = quantize_heads embed {head_dim=32, cache=true}
        return embed
        """, "text");

    [Fact]
    public void Slices_are_put_together_and_codes_are_multiplied_by_the_scale_of_their_head()
    {
        ActivationRows rows = Filled();
        float[] row = new float[64];
        rows.CopyRow(0, 1, row);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => 100f + i), row);
        rows.CopyRow(1, 1, row);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (i - 32) * (i < 32 ? 0.5f : 2f)), row);
    }

    [Fact]
    public void Other_bits_and_what_only_one_side_says_are_differences()
    {
        ActivationRows rows = Filled();
        Assert.Equal((0, 0), (rows.Differences(Filled(), 0), rows.Differences(Filled(), 1)));

        ActivationRows other = Filled();
        other.OnValues("embed", 6, 63, [-1]);
        other.OnScales("cache", 5, 1, [3]);
        other.OnCodes("cache", 5, 7, [99, 98]);
        Assert.Equal((1, 3), (rows.Differences(other, 0), rows.Differences(other, 1)));

        ActivationRows silent = new(Graph, 4);
        silent.Begin(5, 2);
        Assert.Equal((128, 132), (rows.Differences(silent, 0), silent.Differences(rows, 1)));
    }

    [Fact]
    public void Tokens_before_and_after_the_chunk_and_unknown_names_are_left_alone()
    {
        ActivationRows rows = Filled();
        rows.OnValues("embed", 4, 0, new float[64]);
        rows.OnValues("embed", 7, 0, new float[64]);
        rows.OnValues("other", 5, 0, new float[64]);
        Assert.Equal(0, rows.Differences(Filled(), 0));
    }

    [Theory]
    [InlineData("embed", 1, 64)]
    [InlineData("embed", -1, 1)]
    [InlineData("cache", 0, 64)]
    public void Values_that_a_node_does_not_have_are_refused(string name, int first, int count)
    {
        CompilationException refused = Assert.Throws<CompilationException>(() => Filled().OnValues(name, 5, first, new float[count]));
        Assert.Equal((Codes.ProgramInvalid, name), (refused.Diagnostics[0].Code, refused.Diagnostics[0].Location));
    }

    /// <summary>Positions 5 and 6, the same of both but for what is added to the values.</summary>
    private static ActivationRows Filled()
    {
        ActivationRows rows = new(Graph, 4);
        rows.Begin(5, 2);
        for (int t = 0; t < 2; t++)
        {
            rows.OnValues("embed", 5 + t, 40, [.. Enumerable.Range(40, 24).Select(i => (100f * t) + i)]);
            rows.OnValues("embed", 5 + t, 0, [.. Enumerable.Range(0, 40).Select(i => (100f * t) + i)]);
            rows.OnCodes("cache", 5 + t, 0, [.. Enumerable.Range(0, 64).Select(i => (sbyte)(i - 32))]);
            rows.OnScales("cache", 5 + t, 1, [2]);
            rows.OnScales("cache", 5 + t, 0, [0.5f]);
        }

        return rows;
    }
}
