namespace Flightc.IR;

/// <summary><c>y = x ÷ (1 + e^-x)</c>. Operand: x f32[T, n]. Result: the same type.</summary>
public sealed record Silu : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Silu;

    /// <inheritdoc/>
    public override string Mnemonic => "silu";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32 } x] => x,
        _ => "takes one f32 tensor",
    };
}
