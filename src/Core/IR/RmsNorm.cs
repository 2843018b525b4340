namespace Flightc.IR;

/// <summary>
/// <c>y = x · w ÷ √(mean(x²) + ε)</c> (Zhang and Sennrich 2019). Operands: x f32[T, n], w (n). Result f32[T,
/// n]. With a head size d, every d elements of a row are normed by themselves, and w is (d).
/// </summary>
/// <param name="Epsilon">The ε above.</param>
/// <param name="HeadDim">Elements that are normed together, as in the norms of queries and keys; 0 for whole rows.</param>
public sealed record RmsNorm(float Epsilon, int HeadDim = 0) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RmsNorm;

    /// <inheritdoc/>
    public override string Mnemonic => "rms_norm";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x, { Shape: [var m] }]
            when (HeadDim == 0 ? n == m : m.Size == HeadDim && n.Size % HeadDim == 0) => x,
        [{ Shape: [_, var n] }, { Shape: [var m] }] => $"scales {n} elements by {m}",
        _ => "takes f32[T,n] and a weight of n elements",
    };
}
