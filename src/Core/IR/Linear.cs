namespace Flightc.IR;

/// <summary>
/// Matrix product <c>y[t, n] = Σₖ x[t, k] · w[n, k]</c>. Operands: x f32 or i8t [T, K], w (N, K), where
/// <paramref name="HasBias"/> a bias (N), and where <paramref name="HasResidual"/> a residual f32[T, N] that is added. Result f32[T, N].
/// </summary>
/// <param name="HasResidual">Whether a residual is added in the same sweep.</param>
/// <param name="HasBias">Whether a bias, one number for each row of w, is added after everything else.</param>
public sealed record Linear(bool HasResidual = false, bool HasBias = false) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Linear;

    /// <inheritdoc/>
    public override string Mnemonic => HasResidual ? "linear_add" : "linear";

    /// <summary>The operand that is the residual; -1 where there is none.</summary>
    public int ResidualOperand => !HasResidual ? -1 : HasBias ? 3 : 2;

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands)
    {
        if (operands.Length != 2 + (HasBias ? 1 : 0) + (HasResidual ? 1 : 0)
            || operands is not [{ Element: ElementType.F32 or ElementType.I8T, Shape: [var t, var k] }, { Shape: [var n, var columns] }, ..])
        {
            return $"takes activations, a matrix{(HasBias ? ", a bias" : "")}{(HasResidual ? " and a residual of its rows" : "")}";
        }

        if (k != columns)
        {
            return $"multiplies over {k} and {columns} elements";
        }

        if (HasBias && operands[2] is not { Shape: [_] } || HasBias && operands[2].Shape[0] != n)
        {
            return $"takes a bias of {n} elements";
        }

        TensorType result = new(ElementType.F32, t, n);
        return HasResidual && !operands[ResidualOperand].Equals(result) ? $"takes a residual {result}" : result;
    }
}
