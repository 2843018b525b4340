using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class LayerMaskTests
{
    [Fact]
    public void Diagonals_are_kept_whatever_is_wanted()
    {
        LayerMask mask = new(2, 5, (_, _, _) => false);
        for (int i = 0; i < 40; i++)
        {
            Assert.True(mask.Keeps(1, i, i));
            Assert.False(mask.Keeps(1, i, i + 1));
        }

        Assert.Equal(2 * 5, mask.Kept(5));
    }

    [Fact]
    public void What_is_given_is_what_is_kept()
    {
        RandomNumbers random = new(3);
        bool[,,] wanted = new bool[3, 9, 9];
        LayerMask mask = new(3, 9, (head, i, j) => wanted[head, i, j] = random.Below(2) == 0);
        for (int head = 0; head < 3; head++)
        {
            for (int i = 0; i < 9; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    Assert.Equal(i == j || wanted[head, i, j], mask.Keeps(head, i, j));
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 2)]
    public void Sinks_and_windows_go_on_at_any_length(int sink, int window)
    {
        LayerMask mask = LayerMask.Window(1, sink, window);
        for (int i = 0; i < 200; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Assert.Equal(j < sink || i - j < window, mask.Keeps(0, i, j));
            }
        }
    }

    [Fact]
    public void A_head_that_sees_everything_goes_on_seeing_everything()
    {
        LayerMask mask = new(1, 8, (_, _, _) => true);
        Assert.Equal(LayerMask.Triangle(100), mask.Kept(100));
        Assert.Equal(LayerMask.Triangle(100), new LayerMask(1, 1, (_, _, _) => false).Kept(100));
    }

    [Fact]
    public void Behind_its_end_a_mask_goes_on_by_its_last_row()
    {
        // 1 0 1 | 0 1 1: block 0, block 2, distances 0 and 1; the seam lacks a side, so nothing between.
        LayerMask mask = new(1, 6, (_, i, j) => i < 5 || j is 0 or 2 or 4);
        int[] kept = [.. Enumerable.Range(0, 21).Where(j => mask.Keeps(0, 20, j))];
        Assert.Equal([0, 2, 19, 20], kept);

        LayerMask middle = new(1, 6, (_, i, j) => i < 5 || j is 2 or 3);
        Assert.Equal([2, 3, 4, 5, 6, 7, 9], Enumerable.Range(0, 10).Where(j => middle.Keeps(0, 9, j)));
    }

    [Fact]
    public void Masks_are_equal_where_they_keep_the_same()
    {
        LayerMask one = new(2, 4, (head, i, j) => head == 0 && j == 0);
        Assert.Equal(one, new LayerMask(2, 4, (head, i, j) => head == 0 && j == 0));
        Assert.NotEqual(one, new LayerMask(2, 4, (head, i, j) => head == 1 && j == 0));
        Assert.NotEqual(new LayerMask(1, 2, (_, _, _) => true), new LayerMask(2, 2, (_, _, _) => true));
        Assert.Equal(64, one.Hash.Length);
    }

    [Fact]
    public void A_mask_of_which_only_the_hash_is_known_says_so()
    {
        LayerMask mask = LayerMask.OfHash(new string('a', 64));
        Assert.False(mask.IsKnown);
        CompilationException e = Assert.Throws<CompilationException>(() => mask.Keeps(0, 0, 0));
        Assert.Equal(Codes.GraphInvalid, e.Diagnostics[0].Code);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.77)]
    [InlineData(1.0)]
    public void A_window_of_a_share_keeps_exactly_so_many_blocks(double share)
    {
        long all = 3 * 4 * LayerMask.Triangle(8);
        long kept = Math.Max(3 * 4 * 8, (long)(share * all));
        AttentionMasks masks = AttentionMasks.WindowOf(3, 4, 8, 1, kept);
        Assert.Equal(kept, masks.Layers.Sum(l => l.Kept(8)));
        Assert.Equal((double)kept / all, masks.KeptShare(), 1e-12);
    }

    [Fact]
    public void Masks_of_other_models_are_refused()
    {
        Graph graph = GraphText.Parse(
            """
            graph "g" context=128
            input ids: i32[T]
            weight table: f32[16,8]
            embed: f32[T,8] = embedding ids, table
            mixed: f32[T,8] = attention embed, embed, embed {heads=2, kv_heads=2, head_dim=4}
            logits: f32[T,16] = linear mixed, table
            return logits
            """, "g");
        Assert.Equal(AttentionMasks.Window(1, 2, 1, 1), AttentionMasks.Of(AttentionMasks.Window(1, 2, 1, 1).ApplyTo(graph)));
        Assert.Null(AttentionMasks.Of(graph));
        Assert.Throws<CompilationException>(() => AttentionMasks.Window(2, 2, 1, 1).ApplyTo(graph));
        Assert.Throws<CompilationException>(() => AttentionMasks.Window(1, 3, 1, 1).ApplyTo(graph));
    }

    [Fact]
    public void The_text_of_a_graph_names_a_mask_by_its_hash()
    {
        LayerMask mask = new(2, 3, (_, _, j) => j == 0);
        string text = $$"""
            graph "g" context=128
            input ids: i32[T]
            weight table: f32[16,8]
            embed: f32[T,8] = embedding ids, table
            mixed: f32[T,8] = attention embed, embed, embed {heads=2, kv_heads=2, head_dim=4, mask={{mask.Hash}}}
            logits: f32[T,16] = linear mixed, table
            return logits

            """;
        Graph parsed = GraphText.Parse(text, "g");
        Assert.Equal(text, GraphText.Print(parsed));
        Assert.Empty(GraphVerifier.Verify(parsed));
        Assert.Equal(mask, ((Attention)parsed.Nodes[1].Op).Mask);
        CompilationException e = Assert.Throws<CompilationException>(
            () => GraphText.Parse(text.Replace(mask.Hash, "12ab", StringComparison.Ordinal), "g"));
        Assert.Contains("64 lower-case hexadecimal digits", e.Message, StringComparison.Ordinal);
    }
}
