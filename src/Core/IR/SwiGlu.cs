namespace Flightc.IR;

/// <summary>
/// <c>silu(gate) · up</c>, element by element (Shazeer 2020). Operands: gate, up; both f32[T, n]. Result: the
/// same type.
/// </summary>
public sealed record SwiGlu : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.SwiGlu;

    /// <inheritdoc/>
    public override string Mnemonic => "swiglu";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32 } x, var y] when x.Equals(y) => x,
        _ => "takes two f32 tensors of one shape",
    };
}
