namespace Flightc.IR;

/// <summary>
/// <see cref="RotaryEmbedding"/>, then <see cref="QuantizeHeads"/>, in one sweep (docs/numerics.md §3).
/// </summary>
/// <param name="HeadDim">As in <see cref="RotaryEmbedding"/>.</param>
/// <param name="Theta">As in <see cref="RotaryEmbedding"/>.</param>
/// <param name="ForCache">As in <see cref="QuantizeHeads"/>.</param>
public sealed record RotaryQuantize(int HeadDim, double Theta, bool ForCache) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RotaryQuantize;

    /// <inheritdoc/>
    public override string Mnemonic => "rotary_quantize";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) =>
        new RotaryEmbedding(HeadDim, Theta).Infer(operands) is { Type: { } type }
            ? new TensorType(ForCache ? ElementType.I8K : ElementType.I8H, type.Shape)
            : new RotaryEmbedding(HeadDim, Theta).Infer(operands);
}
