namespace Flightc.IR;

/// <summary>
/// <see cref="RotaryEmbedding"/>, then <see cref="QuantizeHeads"/>, in one sweep (docs/numerics.md §3).
/// </summary>
/// <param name="HeadDim">As in <see cref="RotaryEmbedding"/>.</param>
/// <param name="Theta">As in <see cref="RotaryEmbedding"/>.</param>
/// <param name="Form">As in <see cref="QuantizeHeads"/>.</param>
public sealed record RotaryQuantize(int HeadDim, double Theta, HeadForm Form) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RotaryQuantize;

    /// <inheritdoc/>
    public override string Mnemonic => "rotary_quantize";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) =>
        new RotaryEmbedding(HeadDim, Theta).Infer(operands) is { Type: { } type }
            ? new TensorType(HeadForms.TypeOf(Form), type.Shape)
            : new RotaryEmbedding(HeadDim, Theta).Infer(operands);
}
