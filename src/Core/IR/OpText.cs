using System.Globalization;

namespace Flightc.IR;

/// <summary>How each operator stands in text: its attributes when printed, its constructor when parsed.</summary>
/// <remarks>The place to extend when an operator is added. Mnemonics are <see cref="Op.Mnemonic"/>.</remarks>
internal static class OpText
{
    /// <summary>Attributes in the order printed; <see cref="Create"/> takes exactly these.</summary>
    public static IReadOnlyList<(string Name, string Value)> AttributesOf(Op op) => op.Kind switch
    {
        OpKind.Embedding when op is Embedding o => [.. Unless(o.Scale == 1, "scale", Text(o.Scale))],
        OpKind.RmsNorm when op is RmsNorm o =>
            [("epsilon", Text(o.Epsilon)), .. Unless(o.HeadDim == 0, "head_dim", Text(o.HeadDim))],
        OpKind.RmsNormQuantize => [("epsilon", Text(((RmsNormQuantize)op).Epsilon))],
        OpKind.LayerNorm when op is LayerNorm o => [("epsilon", Text(o.Epsilon)), .. Unless(o.HasBias, "bias", "false")],
        OpKind.AddPositions when op is AddPositions o => [.. Unless(o.Offset == 0, "offset", Text(o.Offset))],
        OpKind.SoftCap => [("cap", Text(((SoftCap)op).Cap))],
        OpKind.Linear when op is Linear o => [.. Unless(!o.HasBias, "bias", "true")],
        OpKind.RotaryEmbedding when op is RotaryEmbedding o => [("head_dim", Text(o.HeadDim)), .. RotaryText.AttributesOf(o.Angles, o.HeadDim)],
        OpKind.RotaryQuantize when op is RotaryQuantize o =>
            [("head_dim", Text(o.HeadDim)), .. RotaryText.AttributesOf(o.Angles, o.HeadDim), ("cache", HeadForms.NameOf(o.Form))],
        OpKind.QuantizeHeads when op is QuantizeHeads o =>
            [("head_dim", Text(o.HeadDim)), ("cache", HeadForms.NameOf(o.Form))],
        OpKind.Attention when op is Attention o =>
            [
                ("heads", Text(o.Heads)), ("kv_heads", Text(o.KvHeads)), ("head_dim", Text(o.HeadDim)),
                .. o.Scale is { } scale ? [("scale", Text(scale))] : Array.Empty<(string, string)>(),
                .. Unless(o.Window == 0, "window", Text(o.Window)), .. Unless(o.Cap == 0, "cap", Text(o.Cap)),
                .. o.Mask is { } mask ? [("mask", mask.Hash)] : Array.Empty<(string, string)>(),
            ],
        OpKind.Activation or OpKind.GatedActivation or OpKind.Mul or OpKind.Add or OpKind.Quantize => [],
        OpKind.RotaryEmbedding or OpKind.RotaryQuantize or OpKind.QuantizeHeads or OpKind.Attention or OpKind.Embedding or OpKind.RmsNorm
            or OpKind.LayerNorm or OpKind.AddPositions or OpKind.Linear =>
            throw new InvalidOperationException($"{op.Kind} is not the kind of {op.GetType().Name}"),
    };

    /// <summary>The operator, or null where nothing is called <paramref name="mnemonic"/>.</summary>
    public static Op? Create(string mnemonic, AttributeReader attributes) => mnemonic switch
    {
        "embedding" => new Embedding(attributes.FindSingle("scale") ?? 1),
        "rms_norm" => new RmsNorm(attributes.Single("epsilon"), attributes.FindCount("head_dim") ?? 0),
        "layer_norm" => new LayerNorm(attributes.Single("epsilon"), attributes.FindFlag("bias") ?? true),
        "add_positions" => new AddPositions(attributes.FindCount("offset") ?? 0),
        "softcap" => new SoftCap(attributes.Single("cap")),
        "linear" => new Linear(HasBias: attributes.FindFlag("bias") ?? false),
        "linear_add" => new Linear(HasResidual: true, attributes.FindFlag("bias") ?? false),
        "rotary_embedding" when attributes.Count("head_dim") is var d => new RotaryEmbedding(d, RotaryText.Read(attributes, d)),
        "attention" =>
            new Attention(
                attributes.Count("heads"), attributes.Count("kv_heads"), attributes.Count("head_dim"),
                attributes.FindHash("mask") is { } mask ? LayerMask.OfHash(mask) : null,
                attributes.FindSingle("scale"), attributes.FindCount("window") ?? 0, attributes.FindSingle("cap") ?? 0),
        "mul" => new Mul(),
        "add" => new Add(),
        "quantize" => new Quantize(),
        "rms_norm_quantize" => new RmsNormQuantize(attributes.Single("epsilon")),
        "rotary_quantize" when attributes.Count("head_dim") is var d =>
            new RotaryQuantize(d, RotaryText.Read(attributes, d), attributes.Form("cache")),
        "quantize_heads" => new QuantizeHeads(attributes.Count("head_dim"), attributes.Form("cache")),
        _ when ActivationFunctions.Find(mnemonic) is { } function => new Activation(function),
        _ when ActivationFunctions.FindGated(mnemonic) is { } function => new GatedActivation(function),
        _ => null,
    };

    private static IEnumerable<(string Name, string Value)> Unless(bool isDefault, string name, string value) =>
        isDefault ? [] : [(name, value)];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    // The shortest digits that read back as the same number.
    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
