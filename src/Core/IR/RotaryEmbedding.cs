using Flightc.Numerics;

namespace Flightc.IR;

/// <summary>
/// Rotary position embedding (Su et al. 2021) in the layout of two halves: of the first r
/// elements of a head, element i is paired with element i + r/2 and rotated by <c>position · θ^(-2i/r) ÷ divisor</c>; the others stay. Operand: x f32[T, heads · d]. Result: the same
/// type.
/// </summary>
/// <param name="HeadDim">d.</param>
/// <param name="Angles">By how much which elements are turned.</param>
public sealed record RotaryEmbedding(int HeadDim, RotaryAngles Angles) : Op
{
    /// <summary>Heads that are turned whole, by frequencies as they were published.</summary>
    /// <param name="headDim">d: even.</param>
    /// <param name="theta">θ: the base of the frequencies.</param>
    public RotaryEmbedding(int headDim, double theta)
        : this(headDim, new RotaryAngles(theta, headDim))
    {
    }

    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RotaryEmbedding;

    /// <inheritdoc/>
    public override string Mnemonic => "rotary_embedding";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x] when n.Size % HeadDim == 0 && Angles.Dim <= HeadDim && Angles.Dim % 2 == 0 => x,
        _ => $"takes f32[T,n] with n a multiple of the head size {HeadDim}, of which an even number of elements is turned",
    };
}
