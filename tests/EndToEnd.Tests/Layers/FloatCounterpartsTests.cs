using Flightc.Cli.Layers;
using Flightc.IR;
using Flightc.Passes;

namespace Flightc.Tests.Layers;

public sealed class FloatCounterpartsTests
{
    private const string Text =
        """
        graph "g" context=16
        input ids: i32[T]
        weight embed.weight: f32[8,64]
        weight norm.weight: f32[64]
        weight q.weight: f32[64,64]
        weight v.weight: f32[64,64]
        embed: f32[T,64] = embedding ids, embed.weight
        norm: f32[T,64] = rms_norm embed, norm.weight {epsilon=1e-05}
        q: f32[T,64] = linear norm, q.weight
        v: f32[T,64] = linear norm, v.weight
        q.rotary: f32[T,64] = rotary_embedding q {head_dim=32, theta=10000}
        out: f32[T,64] = attention q.rotary, q.rotary, v {heads=2, kv_heads=2, head_dim=32}
        last: f32[T,64] = linear out, q.weight
        return last
        """;

    private static readonly Graph Floats = GraphText.Parse(Text, "text");

    private static readonly Graph Compiled = Pipeline.Run(Floats, new PassContext { FormatOf = _ => new QuantizedFormat(8, 64) }, new PassObserver());

    [Fact]
    public void A_name_means_the_same_and_codes_stand_for_the_value_before_them()
    {
        FloatCounterparts counterparts = new(Compiled, Floats, new Norm(1), new Norm(1));
        Assert.Equal("embed", NameOf("embed"));
        Assert.Equal("norm", NameOf("norm"));
        Assert.Equal("v", NameOf("v.cache"));
        Assert.Equal("out", NameOf("out.codes"));
        Assert.Equal("last", NameOf("last"));
        Assert.All(Enumerable.Range(0, Compiled.Nodes.Count), i => Assert.Null(counterparts.FactorsOf(i)));

        string NameOf(string node) => Floats.Nodes[counterparts.Of(IndexOf(node))].Name;
    }

    [Fact]
    public void Scales_that_were_folded_into_a_norm_are_divided_out()
    {
        FloatCounterparts counterparts = new(Compiled, Floats, new Norm(4), new Norm(1));
        Assert.Equal(Enumerable.Repeat(0.25f, 64), counterparts.FactorsOf(IndexOf("norm"))!);
        Assert.Null(counterparts.FactorsOf(IndexOf("embed")));
    }

    private static int IndexOf(string node) => Compiled.Nodes.Select((n, i) => (n.Name, i)).Single(n => n.Name == node).i;

    private sealed class Norm(float value) : IWeights
    {
        public bool HasData => true;

        public void Read(string name, long start, Span<float> destination) => destination.Fill(value);

        public string HashOf(string name) => "";
    }
}
