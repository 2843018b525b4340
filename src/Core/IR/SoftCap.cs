namespace Flightc.IR;

/// <summary><c>c · tanh(x ÷ c)</c>, element by element: keeps logits within ±c (Gemma 2, 2024). Operand: x f32[T, n]. Result: the same type.</summary>
/// <param name="Cap">c: above 0.</param>
public sealed record SoftCap(float Cap) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.SoftCap;

    /// <inheritdoc/>
    public override string Mnemonic => "softcap";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32 } x] => x,
        _ => "takes one f32 tensor",
    };
}
