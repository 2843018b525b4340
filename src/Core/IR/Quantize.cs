namespace Flightc.IR;

/// <summary>INT8 with a scale per token (docs/numerics.md §3). Operand: x f32[T, n]. Result i8t[T, n].</summary>
public sealed record Quantize : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Quantize;

    /// <inheritdoc/>
    public override string Mnemonic => "quantize";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, _] } x] => new TensorType(ElementType.I8T, x.Shape),
        _ => "takes f32[T,n]",
    };
}
