using Flightc.Export;
using Flightc.Oracle;

namespace Flightc.Tests;

/// <summary>Every operator of float Graphs, exported and executed by ONNX Runtime.</summary>
public sealed class OperatorExportTests
{
    private const double Tolerance = 2e-6;

    private const string Head = """
        graph "one" context=16
        input ids: i32[T]
        weight table: f32[10,24]
        weight w: f32[24,24]
        weight v: f32[24,24]
        weight n: f32[24]
        weight h: f32[8]
        weight b.bias: f32[24]
        weight p: f32[20,24]
        x: f32[T,24] = embedding ids, table
        y: f32[T,24] = linear x, w
        """;

    public static TheoryData<string> Operators =>
    [
        "z: f32[T,24] = add x, y",
        "z: f32[T,24] = mul x, y",
        "z: f32[T,24] = rms_norm y, n {epsilon=0.001}",
        "z: f32[T,24] = rms_norm y, h {epsilon=0.001, head_dim=8}",
        "z: f32[T,24] = layer_norm y, n, b.bias {epsilon=0.001}",
        "z: f32[T,24] = layer_norm y, n {epsilon=0.001, bias=false}",
        "z: f32[T,24] = linear y, v",
        "z: f32[T,24] = linear y, v, b.bias {bias=true}",
        "z: f32[T,24] = linear_add y, v, x",
        "z: f32[T,24] = linear_add y, v, b.bias, x {bias=true}",
        "z: f32[T,24] = embedding ids, v {scale=4.5}",
        "z: f32[T,24] = add_positions y, p",
        "z: f32[T,24] = add_positions y, p {offset=2}",
        "z: f32[T,24] = rotary_embedding y {head_dim=8, theta=10000}",
        "z: f32[T,24] = rotary_embedding y {head_dim=12, theta=100, rotary_dim=4}",
        "z: f32[T,24] = rotary_embedding y {head_dim=8, theta=10000, divisors=1x2_3.25x2, magnitude=1.2}",
        "z: f32[T,24] = silu y",
        "z: f32[T,24] = gelu y",
        "z: f32[T,24] = gelu_tanh y",
        "z: f32[T,24] = relu y",
        "z: f32[T,24] = quick_gelu y",
        "z: f32[T,24] = softcap y {cap=0.75}",
        "z: f32[T,24] = swiglu y, x",
        "z: f32[T,24] = geglu y, x",
        "z: f32[T,24] = geglu_tanh y, x",
        "z: f32[T,24] = reglu y, x",
        "z: f32[T,24] = geglu_quick y, x",
    ];

    public static TheoryData<string> Attentions =>
    [
        "",
        ", scale=0.5",
        ", window=3",
        ", cap=0.5",
        ", scale=2, window=4, cap=1.5",
    ];

    [Theory]
    [MemberData(nameof(Operators))]
    public void An_operator_computes_the_same_by_the_oracle(string line) =>
        Assert.InRange(new ExportedGraph($"{Head}\n{line}\nreturn z\n").Difference(), 0, Tolerance);

    [Theory]
    [MemberData(nameof(Attentions))]
    public void Attention_computes_the_same_by_the_oracle(string attributes) => Assert.InRange(Attention(3, attributes).Difference(), 0, Tolerance);

    [Theory]
    [MemberData(nameof(Attentions))]
    public void Attention_of_shared_heads_computes_the_same_by_the_oracle(string attributes) =>
        Assert.InRange(Attention(1, attributes).Difference(), 0, Tolerance);

    [Theory]
    [InlineData(OracleRewrites.None)]
    [InlineData(OracleRewrites.Basic)]
    public void What_the_oracle_may_rewrite_changes_nothing_that_matters(OracleRewrites rewrites) =>
        Assert.InRange(Attention(1, ", window=3").Difference(rewrites: rewrites), 0, Tolerance);

    [Theory]
    [InlineData(13)]
    [InlineData(15)]
    [InlineData(18)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(23)]
    public void Every_opset_computes_the_same(int opset) =>
        Assert.InRange(Attention(1, ", window=3, cap=1.5").Difference(new ExportOptions(opset)), 0, Tolerance);

    [Fact]
    public void Without_a_past_every_run_begins_a_sequence() =>
        Assert.InRange(Attention(3, "").Difference(new ExportOptions(HasPast: false)), 0, Tolerance);

    [Theory]
    [InlineData("bf16")]
    [InlineData("f16")]
    [InlineData("f64")]
    public void Weights_of_every_type_are_exported_as_they_are(string type) => Assert.InRange(
        new ExportedGraph($"{Head}\nz: f32[T,24] = layer_norm y, n, b.bias {{epsilon=0.001}}\nreturn z\n".Replace(": f32[24", $": {type}[24", StringComparison.Ordinal)
            .Replace("f32[10,", $"{type}[10,", StringComparison.Ordinal)).Difference(), 0, Tolerance);

    // Position by position, with norms of heads and a rotation, so that what is cached is not what came in.
    private static ExportedGraph Attention(int kvHeads, string attributes) => new($$"""
        {{Head.Replace("x: f32", $"weight k.weight: f32[{8 * kvHeads},24]\nweight v.weight: f32[{8 * kvHeads},24]\nx: f32", StringComparison.Ordinal)}}
        q: f32[T,24] = rotary_embedding y {head_dim=8, theta=100}
        k: f32[T,{{8 * kvHeads}}] = linear x, k.weight
        k.norm: f32[T,{{8 * kvHeads}}] = rms_norm k, h {epsilon=0.001, head_dim=8}
        k.rotary: f32[T,{{8 * kvHeads}}] = rotary_embedding k.norm {head_dim=8, theta=100}
        values: f32[T,{{8 * kvHeads}}] = linear x, v.weight
        z: f32[T,24] = attention q, k.rotary, values {heads=3, kv_heads={{kvHeads}}, head_dim=8{{attributes}}}
        logits: f32[T,24] = linear_add z, v, x
        return logits

        """);
}
