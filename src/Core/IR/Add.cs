namespace Flightc.IR;

/// <summary><c>x + y</c>, element by element. Operands: x, y; both f32[T, n]. Result: the same type.</summary>
public sealed record Add : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Add;

    /// <inheritdoc/>
    public override string Mnemonic => "add";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32 } x, var y] when x.Equals(y) => x,
        _ => "takes two f32 tensors of one shape",
    };
}
