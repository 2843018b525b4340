namespace Flightc.IR;

/// <summary>
/// Matrix product <c>y[t, n] = Σₖ x[t, k] · w[n, k]</c>. Operands: x f32 or i8t [T, K], w (N, K), and with
/// <paramref name="HasResidual"/> a residual f32[T, N] that is added. Result f32[T, N].
/// </summary>
/// <param name="HasResidual">Whether a residual is added in the same sweep.</param>
public sealed record Linear(bool HasResidual = false) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Linear;

    /// <inheritdoc/>
    public override string Mnemonic => HasResidual ? "linear_add" : "linear";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Shape: [_, var k] }, { Shape: [_, var columns] }, ..] when k != columns =>
            $"multiplies over {k} and {columns} elements",
        [{ Element: ElementType.F32 or ElementType.I8T, Shape: [var t, _] }, { Shape: [var n, _] }] when !HasResidual =>
            new TensorType(ElementType.F32, t, n),
        [{ Element: ElementType.F32 or ElementType.I8T }, { Shape: [var n, _] },
        { Element: ElementType.F32, Shape: [_, var m] } residual] when HasResidual && n == m => residual,
        _ => HasResidual ? "takes activations, a matrix and a residual of its rows" : "takes activations and a matrix",
    };
}
