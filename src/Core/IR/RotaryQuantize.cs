using Flightc.Numerics;

namespace Flightc.IR;

/// <summary>
/// <see cref="RotaryEmbedding"/>, then <see cref="QuantizeHeads"/>, in one sweep (docs/numerics.md §3).
/// </summary>
/// <param name="HeadDim">As in <see cref="RotaryEmbedding"/>.</param>
/// <param name="Angles">As in <see cref="RotaryEmbedding"/>.</param>
/// <param name="Form">As in <see cref="QuantizeHeads"/>.</param>
public sealed record RotaryQuantize(int HeadDim, RotaryAngles Angles, HeadForm Form) : Op
{
    /// <summary>As the like constructor of <see cref="RotaryEmbedding"/>.</summary>
    /// <param name="headDim">d: even.</param>
    /// <param name="theta">θ: the base of the frequencies.</param>
    /// <param name="form">As in <see cref="QuantizeHeads"/>.</param>
    public RotaryQuantize(int headDim, double theta, HeadForm form)
        : this(headDim, new RotaryAngles(theta, headDim), form)
    {
    }

    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RotaryQuantize;

    /// <inheritdoc/>
    public override string Mnemonic => "rotary_quantize";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) =>
        new RotaryEmbedding(HeadDim, Angles).Infer(operands) is { Type: { } type }
            ? new TensorType(HeadForms.TypeOf(Form), type.Shape)
            : new RotaryEmbedding(HeadDim, Angles).Infer(operands);
}
