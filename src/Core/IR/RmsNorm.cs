namespace Flightc.IR;

/// <summary>
/// <c>y = x · w ÷ √(mean(x²) + ε)</c> (Zhang and Sennrich 2019). Operands: x f32[T, n], w (n). Result f32[T,
/// n].
/// </summary>
/// <param name="Epsilon">The ε above.</param>
public sealed record RmsNorm(float Epsilon) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RmsNorm;

    /// <inheritdoc/>
    public override string Mnemonic => "rms_norm";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x, { Shape: [var m] }] when n == m => x,
        [{ Shape: [_, var n] }, { Shape: [var m] }] => $"scales {n} elements by {m}",
        _ => "takes f32[T,n] and a weight of n elements",
    };
}
