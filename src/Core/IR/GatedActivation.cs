namespace Flightc.IR;

/// <summary>
/// <c>f(gate) · up</c>, element by element (Shazeer 2020): SwiGLU and its kin. Operands: gate, up; both f32[T, n]. Result: the
/// same type.
/// </summary>
/// <param name="Function">f.</param>
public sealed record GatedActivation(ActivationFunction Function) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.GatedActivation;

    /// <inheritdoc/>
    public override string Mnemonic => ActivationFunctions.GatedNameOf(Function);

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32 } x, var y] when x.Equals(y) => x,
        _ => "takes two f32 tensors of one shape",
    };
}
