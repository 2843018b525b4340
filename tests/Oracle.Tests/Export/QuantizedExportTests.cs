using Flightc.IR;
using Flightc.Oracle;

namespace Flightc.Tests;

/// <summary>Quantised Graphs, exported and executed by ONNX Runtime: the numerics contract in standard operators.</summary>
public sealed class QuantizedExportTests
{
    public static TheoryData<string, int, int> Models => new(
        from model in new[] { "llama", "gpt2", "gemma" } from bits in new[] { 8, 4, 3 } from cacheBits in new[] { 8, 4 } select (model, bits, cacheBits));

    [Theory]
    [MemberData(nameof(Models))]
    public void The_numerics_contract_is_kept_to_the_last_bit_by_the_oracle(string model, int bits, int cacheBits) =>
        Assert.Equal(0, new ExportedGraph(TextOf(model)).QuantizedDifference(new QuantizedFormat(bits, 32), cacheBits));

    [Theory]
    [InlineData(OracleRewrites.None)]
    [InlineData(OracleRewrites.Basic)]
    public void What_the_oracle_may_rewrite_changes_no_bit(OracleRewrites rewrites) =>
        Assert.Equal(0, new ExportedGraph(TextOf("gemma")).QuantizedDifference(new QuantizedFormat(4, 32), rewrites: rewrites));

    [Theory]
    [InlineData("silu")]
    [InlineData("gelu")]
    [InlineData("gelu_tanh")]
    [InlineData("relu")]
    [InlineData("quick_gelu")]
    public void Every_function_is_that_of_the_contract(string function) => Assert.Equal(
        0, new ExportedGraph(TextOf("gpt2").Replace("gelu_tanh", function, StringComparison.Ordinal)).QuantizedDifference(new QuantizedFormat(8, 32)));

    private static string TextOf(string model) => model switch
    {
        "llama" => Llama,
        "gpt2" => Gpt2,
        _ => Gemma,
    };

    // Widths that are no multiples of 64, so that sums have short segments and groups are short.
    private const string Llama = """
        graph "llama" context=16
        input ids: i32[T]
        weight table: bf16[10,72]
        weight norm1: f32[72]
        weight wq: f32[48,72]
        weight wk: f32[24,72]
        weight wv: f32[24,72]
        weight wo: f32[72,48]
        weight norm2: f32[72]
        weight gate.weight: f32[200,72]
        weight up.weight: f32[200,72]
        weight down.weight: f32[72,200]
        weight norm3: f32[72]
        weight head: f32[10,72]
        embed: f32[T,72] = embedding ids, table
        n1: f32[T,72] = rms_norm embed, norm1 {epsilon=1e-05}
        q: f32[T,48] = linear n1, wq
        k: f32[T,24] = linear n1, wk
        v: f32[T,24] = linear n1, wv
        q.rotary: f32[T,48] = rotary_embedding q {head_dim=24, theta=10000}
        k.rotary: f32[T,24] = rotary_embedding k {head_dim=24, theta=10000}
        a: f32[T,48] = attention q.rotary, k.rotary, v {heads=2, kv_heads=1, head_dim=24}
        o: f32[T,72] = linear a, wo
        r1: f32[T,72] = add embed, o
        n2: f32[T,72] = rms_norm r1, norm2 {epsilon=1e-05}
        gate: f32[T,200] = linear n2, gate.weight
        up: f32[T,200] = linear n2, up.weight
        act: f32[T,200] = silu gate
        hidden: f32[T,200] = mul act, up
        down: f32[T,72] = linear hidden, down.weight
        r2: f32[T,72] = add r1, down
        n3: f32[T,72] = rms_norm r2, norm3 {epsilon=1e-05}
        logits: f32[T,10] = linear n3, head
        return logits

        """;

    // Layer norms, biases, learned positions, no rotation, a tied head.
    private const string Gpt2 = """
        graph "gpt2" context=16
        input ids: i32[T]
        weight table: f32[10,64]
        weight positions: f32[18,64]
        weight norm1: f32[64]
        weight norm1.bias: f32[64]
        weight wq: f32[64,64]
        weight q.bias: f32[64]
        weight wk: f32[64,64]
        weight k.bias: f32[64]
        weight wv: f32[64,64]
        weight v.bias: f32[64]
        weight wo: f32[64,64]
        weight o.bias: f32[64]
        weight norm2: f32[64]
        weight norm2.bias: f32[64]
        weight up.weight: f32[130,64]
        weight up.bias: f32[130]
        weight down.weight: f32[64,130]
        weight down.bias: f32[64]
        weight norm3: f32[64]
        weight norm3.bias: f32[64]
        tokens: f32[T,64] = embedding ids, table
        embed: f32[T,64] = add_positions tokens, positions {offset=2}
        n1: f32[T,64] = layer_norm embed, norm1, norm1.bias {epsilon=1e-05}
        q: f32[T,64] = linear n1, wq, q.bias {bias=true}
        k: f32[T,64] = linear n1, wk, k.bias {bias=true}
        v: f32[T,64] = linear n1, wv, v.bias {bias=true}
        a: f32[T,64] = attention q, k, v {heads=4, kv_heads=4, head_dim=16}
        o: f32[T,64] = linear a, wo, o.bias {bias=true}
        r1: f32[T,64] = add embed, o
        n2: f32[T,64] = layer_norm r1, norm2, norm2.bias {epsilon=1e-05}
        up: f32[T,130] = linear n2, up.weight, up.bias {bias=true}
        hidden: f32[T,130] = gelu_tanh up
        down: f32[T,64] = linear hidden, down.weight, down.bias {bias=true}
        r2: f32[T,64] = add r1, down
        n3: f32[T,64] = layer_norm r2, norm3, norm3.bias {epsilon=1e-05}
        logits: f32[T,10] = linear n3, table
        return logits

        """;

    // A scaled embedding, norms of heads and behind sublayers, a window, caps, a rotation of a part of each head.
    private const string Gemma = """
        graph "gemma" context=16
        input ids: i32[T]
        weight table: f32[10,96]
        weight norm1: f32[96]
        weight wq: f32[96,96]
        weight qnorm: f32[24]
        weight wk: f32[48,96]
        weight knorm: f32[24]
        weight wv: f32[48,96]
        weight wo: f32[96,96]
        weight post1: f32[96]
        weight norm2: f32[96]
        weight gate.weight: f32[160,96]
        weight up.weight: f32[160,96]
        weight down.weight: f32[96,160]
        weight post2: f32[96]
        weight norm3: f32[96]
        embed: f32[T,96] = embedding ids, table {scale=9.75}
        n1: f32[T,96] = rms_norm embed, norm1 {epsilon=1e-06}
        q: f32[T,96] = linear n1, wq
        q.norm: f32[T,96] = rms_norm q, qnorm {epsilon=1e-06, head_dim=24}
        k: f32[T,48] = linear n1, wk
        k.norm: f32[T,48] = rms_norm k, knorm {epsilon=1e-06, head_dim=24}
        v: f32[T,48] = linear n1, wv
        q.rotary: f32[T,96] = rotary_embedding q.norm {head_dim=24, theta=10000, rotary_dim=16}
        k.rotary: f32[T,48] = rotary_embedding k.norm {head_dim=24, theta=10000, rotary_dim=16}
        a: f32[T,96] = attention q.rotary, k.rotary, v {heads=4, kv_heads=2, head_dim=24, scale=0.3, window=4, cap=5}
        o: f32[T,96] = linear a, wo
        o.norm: f32[T,96] = rms_norm o, post1 {epsilon=1e-06}
        r1: f32[T,96] = add embed, o.norm
        n2: f32[T,96] = rms_norm r1, norm2 {epsilon=1e-06}
        gate: f32[T,160] = linear n2, gate.weight
        up: f32[T,160] = linear n2, up.weight
        act: f32[T,160] = gelu_tanh gate
        hidden: f32[T,160] = mul act, up
        down: f32[T,96] = linear hidden, down.weight
        down.norm: f32[T,96] = rms_norm down, post2 {epsilon=1e-06}
        r2: f32[T,96] = add r1, down.norm
        n3: f32[T,96] = rms_norm r2, norm3 {epsilon=1e-06}
        raw: f32[T,10] = linear n3, table
        logits: f32[T,10] = softcap raw {cap=30}
        return logits

        """;
}
