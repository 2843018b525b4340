using System.Globalization;

namespace Flightc.IR;

/// <summary>How each operator stands in text: its attributes when printed, its constructor when parsed.</summary>
/// <remarks>The place to extend when an operator is added. Mnemonics are <see cref="Op.Mnemonic"/>.</remarks>
internal static class OpText
{
    /// <summary>Attributes in the order printed; <see cref="Create"/> takes exactly these.</summary>
    public static IReadOnlyList<(string Name, string Value)> AttributesOf(Op op) => op.Kind switch
    {
        OpKind.RmsNorm => [("epsilon", Text(((RmsNorm)op).Epsilon))],
        OpKind.RmsNormQuantize => [("epsilon", Text(((RmsNormQuantize)op).Epsilon))],
        OpKind.RotaryEmbedding when op is RotaryEmbedding o =>
            [("head_dim", Text(o.HeadDim)), ("theta", Text(o.Theta))],
        OpKind.RotaryQuantize when op is RotaryQuantize o =>
            [("head_dim", Text(o.HeadDim)), ("theta", Text(o.Theta)), ("cache", HeadForms.NameOf(o.Form))],
        OpKind.QuantizeHeads when op is QuantizeHeads o =>
            [("head_dim", Text(o.HeadDim)), ("cache", HeadForms.NameOf(o.Form))],
        OpKind.Attention when op is Attention o =>
            [
                ("heads", Text(o.Heads)), ("kv_heads", Text(o.KvHeads)), ("head_dim", Text(o.HeadDim)),
                .. o.Mask is { } mask ? [("mask", mask.Hash)] : Array.Empty<(string, string)>(),
            ],
        OpKind.Embedding or OpKind.Linear or OpKind.Silu or OpKind.Mul or OpKind.Add or OpKind.SwiGlu or OpKind.Quantize => [],
        OpKind.RotaryEmbedding or OpKind.RotaryQuantize or OpKind.QuantizeHeads or OpKind.Attention =>
            throw new InvalidOperationException($"{op.Kind} is not the kind of {op.GetType().Name}"),
    };

    /// <summary>The operator, or null where nothing is called <paramref name="mnemonic"/>.</summary>
    public static Op? Create(string mnemonic, AttributeReader attributes) => mnemonic switch
    {
        "embedding" => new Embedding(),
        "rms_norm" => new RmsNorm(attributes.Single("epsilon")),
        "linear" => new Linear(),
        "linear_add" => new Linear(HasResidual: true),
        "rotary_embedding" => new RotaryEmbedding(attributes.Count("head_dim"), attributes.Double("theta")),
        "attention" =>
            new Attention(
                attributes.Count("heads"), attributes.Count("kv_heads"), attributes.Count("head_dim"),
                attributes.FindHash("mask") is { } mask ? LayerMask.OfHash(mask) : null),
        "silu" => new Silu(),
        "mul" => new Mul(),
        "add" => new Add(),
        "swiglu" => new SwiGlu(),
        "quantize" => new Quantize(),
        "rms_norm_quantize" => new RmsNormQuantize(attributes.Single("epsilon")),
        "rotary_quantize" =>
            new RotaryQuantize(attributes.Count("head_dim"), attributes.Double("theta"), attributes.Form("cache")),
        "quantize_heads" => new QuantizeHeads(attributes.Count("head_dim"), attributes.Form("cache")),
        _ => null,
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    // The shortest digits that read back as the same number.
    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
