using Flightc.FlightLlm;

namespace Flightc.Tests.Templates;

public sealed class LayerListTests
{
    private static readonly PublishedRecipe Recipe = PublishedTables.Vhk158.Recipe;

    [Theory]
    [InlineData("decode", 128, 772, 418)]
    [InlineData("decode", 1024, 772, 418)]
    [InlineData("prefill", 128, 708, 354)]
    [InlineData("prefill", 512, 708, 354)]
    public void Layers_of_LLaMA2_7B_are_those_of_the_released_IR_after_fusion(string stage, int tokens, int nodes, int layers)
    {
        IReadOnlyList<ReleasedIr.Node> released = ReleasedIr.Read(stage, tokens);
        IReadOnlyList<PublishedLayer> ours = stage == "decode"
            ? LayerList.Decode(PublishedModel.Llama2With7B, Recipe, tokens)
            : LayerList.Prefill(PublishedModel.Llama2With7B, Recipe, tokens);

        Assert.Equal(layers, ours.Count);
        int at = 0;
        foreach (PublishedLayer layer in ours)
        {
            ReleasedIr.Node node = released[at];
            Assert.Equal(node.Name, layer.Name);
            Assert.Equal(node.Type.Replace("_mm", "_mv", StringComparison.Ordinal), TypeOf(layer));
            switch (layer)
            {
                case NormLayer norm:
                    Assert.Equal([1, norm.Tokens, norm.Width], node.Shapes[0]);
                    break;
                case LinearLayer linear:
                    Assert.Equal([1, linear.Tokens, linear.Inputs], node.Shapes[0]);
                    Assert.Equal([1, linear.Tokens, linear.Outputs], node.Shapes[1]);
                    Assert.Equal([1, linear.Inputs, linear.Outputs], node.Shapes[2]);
                    Assert.Equal(linear.HasBias, node.Shapes.Count == 4);
                    Assert.Equal(linear.Kept, node.Kept);
                    break;
                case AttentionLayer attention:
                    Assert.Equal([attention.Heads, attention.Tokens, attention.Inputs], node.Shapes[0]);
                    Assert.Equal([attention.Heads, attention.Inputs, attention.Outputs], node.Shapes[1]);
                    break;
                case ConcatLayer concat:
                    Assert.Equal(concat.PastBytes, node.Shapes[0].Aggregate(1L, (a, b) => a * b));
                    Assert.Equal(concat.NewBytes, node.Shapes[1].Aggregate(1L, (a, b) => a * b));
                    break;
            }

            // What the generator fuses is what follows with the layer's output as its input.
            string[] fused = [.. released.Skip(at + 1).Take(FusedNodes(layer).Length).Select(n => n.Type)];
            Assert.Equal(FusedNodes(layer), fused);
            at += 1 + fused.Length;
        }

        Assert.Equal(released.Count, at);
        Assert.Equal(nodes, released.Count + 2);
    }

    [Fact]
    public void Three_cores_divide_everything_but_norms_and_leave_nothing_out()
    {
        PublishedModel model = PublishedModel.Llama2With7B;
        IReadOnlyList<PublishedLayer> whole = LayerList.Decode(model, Recipe, 128);
        IReadOnlyList<PublishedLayer>[] shares = [.. Enumerable.Range(0, 3).Select(core => CoreShare.Of(whole, model, core, 3))];

        for (int i = 0; i < whole.Count; i++)
        {
            switch (whole[i])
            {
                case LinearLayer linear:
                    Assert.Equal(linear.Outputs, shares.Sum(s => ((LinearLayer)s[i]).Outputs));
                    break;
                case AttentionLayer attention:
                    Assert.Equal([11, 11, 10], shares.Select(s => ((AttentionLayer)s[i]).Heads));
                    Assert.Equal([0, 11, 22], shares.Select(s => ((AttentionLayer)s[i]).FirstHead));
                    break;
                case ConcatLayer concat:
                    Assert.Equal(concat.PastBytes, shares.Sum(s => ((ConcatLayer)s[i]).PastBytes));
                    break;
                default:
                    Assert.All(shares, s => Assert.Same(whole[i], s[i]));
                    break;
            }
        }
    }

    private static string TypeOf(PublishedLayer layer) => layer switch
    {
        NormLayer => "layernorm",
        LinearLayer => "linear_mv",
        AttentionLayer => "attention_mv",
        _ => "concat",
    };

    private static string[] FusedNodes(PublishedLayer layer) => layer switch
    {
        LinearLayer { Fused: FusedOperation.Rotary } => ["eltwise", "eltwise", "eltwise"],
        LinearLayer { Fused: FusedOperation.Add or FusedOperation.Mul } => ["eltwise"],
        LinearLayer { Fused: FusedOperation.Silu } => ["silu"],
        AttentionLayer { MakesScores: true } => ["softmax"],
        _ => [],
    };
}
