namespace Flightc.IR;

/// <summary>Codes with a scale per token and head (docs/numerics.md §3). Operand: x f32[T, heads · headDim].</summary>
/// <param name="HeadDim">Elements of a head.</param>
/// <param name="Form">The form of the codes.</param>
public sealed record QuantizeHeads(int HeadDim, HeadForm Form) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.QuantizeHeads;

    /// <inheritdoc/>
    public override string Mnemonic => "quantize_heads";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x] when n.Size % HeadDim == 0 =>
            new TensorType(HeadForms.TypeOf(Form), x.Shape),
        _ => $"takes f32[T,n] with n a multiple of {HeadDim}",
    };
}
