using System.Security.Cryptography;
using System.Runtime.InteropServices;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>A Graph written down as text, with seeded random weights in memory.</summary>
internal sealed class TextModel : IWeights
{
    /// <summary>
    /// Two layers that differ, with operators that the LLaMA family lacks: layer norms, biases, learned positions, head norms, partial and scaled rotary,
    /// windows, caps, functions with and without a gate, a norm behind a product.
    /// </summary>
    public const string Varied = """
        graph "varied" context=64
        input ids: i32[T]
        weight embed.weight: f32[40,64]
        weight positions.weight: f32[66,64]
        weight a.norm.weight: f32[64]
        weight a.norm.bias: f32[64]
        weight a.q.weight: f32[64,64]
        weight a.q.bias: f32[64]
        weight a.k.weight: f32[32,64]
        weight a.k.bias: f32[32]
        weight a.v.weight: f32[32,64]
        weight a.v.bias: f32[32]
        weight a.o.weight: f32[64,64]
        weight a.o.bias: f32[64]
        weight a.mlp.norm.weight: f32[64]
        weight a.mlp.norm.bias: f32[64]
        weight a.up.weight: f32[96,64]
        weight a.up.bias: f32[96]
        weight a.down.weight: f32[64,96]
        weight a.down.bias: f32[64]
        weight b.norm.weight: f32[64]
        weight b.q.weight: f32[64,64]
        weight b.k.weight: f32[32,64]
        weight b.v.weight: f32[32,64]
        weight b.q.norm.weight: f32[16]
        weight b.k.norm.weight: f32[16]
        weight b.o.weight: f32[64,64]
        weight b.post_norm.weight: f32[64]
        weight b.mlp.norm.weight: f32[64]
        weight b.gate.weight: f32[80,64]
        weight b.up.weight: f32[80,64]
        weight b.up.bias: f32[80]
        weight b.down.weight: f32[64,80]
        weight norm.weight: f32[64]
        weight norm.bias: f32[64]
        weight head.weight: f32[40,64]
        embed: f32[T,64] = embedding ids, embed.weight {scale=8}
        x: f32[T,64] = add_positions embed, positions.weight {offset=2}
        a.norm: f32[T,64] = layer_norm x, a.norm.weight, a.norm.bias {epsilon=1e-05}
        a.q: f32[T,64] = linear a.norm, a.q.weight, a.q.bias {bias=true}
        a.k: f32[T,32] = linear a.norm, a.k.weight, a.k.bias {bias=true}
        a.v: f32[T,32] = linear a.norm, a.v.weight, a.v.bias {bias=true}
        a.out: f32[T,64] = attention a.q, a.k, a.v {heads=4, kv_heads=2, head_dim=16}
        a.o: f32[T,64] = linear a.out, a.o.weight, a.o.bias {bias=true}
        a.residual: f32[T,64] = add x, a.o
        a.mlp.norm: f32[T,64] = layer_norm a.residual, a.mlp.norm.weight, a.mlp.norm.bias {epsilon=1e-05}
        a.up: f32[T,96] = linear a.mlp.norm, a.up.weight, a.up.bias {bias=true}
        a.act: f32[T,96] = gelu_tanh a.up
        a.down: f32[T,64] = linear a.act, a.down.weight, a.down.bias {bias=true}
        a.sum: f32[T,64] = add a.residual, a.down
        b.norm: f32[T,64] = rms_norm a.sum, b.norm.weight {epsilon=1e-06}
        b.q: f32[T,64] = linear b.norm, b.q.weight
        b.k: f32[T,32] = linear b.norm, b.k.weight
        b.v: f32[T,32] = linear b.norm, b.v.weight
        b.q.norm: f32[T,64] = rms_norm b.q, b.q.norm.weight {epsilon=1e-06, head_dim=16}
        b.k.norm: f32[T,32] = rms_norm b.k, b.k.norm.weight {epsilon=1e-06, head_dim=16}
        b.q.rotary: f32[T,64] = rotary_embedding b.q.norm {head_dim=16, theta=10000, rotary_dim=12, divisors=1x3_2.5x3, magnitude=1.125}
        b.k.rotary: f32[T,32] = rotary_embedding b.k.norm {head_dim=16, theta=10000, rotary_dim=12, divisors=1x3_2.5x3, magnitude=1.125}
        b.out: f32[T,64] = attention b.q.rotary, b.k.rotary, b.v {heads=4, kv_heads=2, head_dim=16, scale=0.2, window=5, cap=2.5}
        b.o: f32[T,64] = linear b.out, b.o.weight
        b.post_norm: f32[T,64] = rms_norm b.o, b.post_norm.weight {epsilon=1e-06}
        b.residual: f32[T,64] = add a.sum, b.post_norm
        b.mlp.norm: f32[T,64] = rms_norm b.residual, b.mlp.norm.weight {epsilon=1e-06}
        b.gate: f32[T,80] = linear b.mlp.norm, b.gate.weight
        b.up: f32[T,80] = linear b.mlp.norm, b.up.weight, b.up.bias {bias=true}
        b.act: f32[T,80] = gelu b.gate
        b.hidden: f32[T,80] = mul b.act, b.up
        b.down: f32[T,64] = linear b.hidden, b.down.weight
        b.sum: f32[T,64] = add b.residual, b.down
        norm: f32[T,64] = layer_norm b.sum, norm.weight, norm.bias {epsilon=1e-05}
        logits.raw: f32[T,40] = linear norm, head.weight
        logits: f32[T,40] = softcap logits.raw {cap=3}
        return logits

        """;

    private readonly Dictionary<string, float[]> _data = new(StringComparer.Ordinal);

    public TextModel(string text = Varied, ulong seed = 1)
    {
        Graph = GraphText.Parse(text, "model.graph");
        RandomNumbers random = new(seed);
        foreach (Weight weight in Graph.Weights)
        {
            IReadOnlyList<Dim> shape = weight.Type.Shape;
            int count = (int)shape.Aggregate(1L, (product, d) => product * d.Size);
            bool isNorm = weight.Name.EndsWith("norm.weight", StringComparison.Ordinal);
            float[] values = random.Floats(count, shape.Count == 1 ? 0.3f : 1.5f / MathF.Sqrt(shape[1].Size));
            _data.Add(weight.Name, isNorm ? [.. values.Select(value => 1 + value)] : values);
        }
    }

    public Graph Graph { get; }

    public bool HasData => true;

    /// <summary>The data of a weight, to be read or changed.</summary>
    public float[] this[string name] => _data[name];

    public void Read(string name, long start, Span<float> destination) =>
        _data[name].AsSpan(checked((int)start), destination.Length).CopyTo(destination);

    public string HashOf(string name) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_data[name].AsSpan())));
}
