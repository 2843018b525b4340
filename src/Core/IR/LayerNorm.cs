namespace Flightc.IR;

/// <summary>
/// <c>y = (x - μ) ÷ √(σ² + ε) · w + b</c> with mean μ and variance σ² of a row (Ba et al. 2016). Operands: x f32[T, n], w (n), and b (n) where
/// <paramref name="HasBias"/>. Result f32[T, n].
/// </summary>
/// <param name="Epsilon">The ε above.</param>
/// <param name="HasBias">Whether b is added.</param>
public sealed record LayerNorm(float Epsilon, bool HasBias = true) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.LayerNorm;

    /// <inheritdoc/>
    public override string Mnemonic => "layer_norm";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x, { Shape: [var m] }] when !HasBias && n == m => x,
        [{ Element: ElementType.F32, Shape: [_, var n] } x, { Shape: [var m] }, { Shape: [var o] }] when HasBias && n == m && n == o => x,
        _ => HasBias ? "takes f32[T,n], a weight and a bias of n elements" : "takes f32[T,n] and a weight of n elements",
    };
}
