namespace Flightc.IR;

/// <summary><c>f(x)</c>, element by element. Operand: x f32[T, n]. Result: the same type.</summary>
/// <param name="Function">f.</param>
public sealed record Activation(ActivationFunction Function) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Activation;

    /// <inheritdoc/>
    public override string Mnemonic => ActivationFunctions.NameOf(Function);

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32 } x] => x,
        _ => "takes one f32 tensor",
    };
}
