namespace Flightc.IR;

/// <summary>
/// Rotary position embedding (Su et al. 2021) in the layout of two halves: element i of a head is paired with
/// element i + d/2 and rotated by <c>position · θ^(-2i/d)</c>. Operand: x f32[T, heads · d]. Result: the same
/// type.
/// </summary>
/// <param name="HeadDim">d: even.</param>
/// <param name="Theta">θ: the base of the frequencies.</param>
public sealed record RotaryEmbedding(int HeadDim, double Theta) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RotaryEmbedding;

    /// <inheritdoc/>
    public override string Mnemonic => "rotary_embedding";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x] when n.Size % HeadDim == 0 && HeadDim % 2 == 0 => x,
        _ => $"takes f32[T,n] with n a multiple of the even head size {HeadDim}",
    };
}
