namespace Flightc.IR;

/// <summary>
/// <see cref="RmsNorm"/>, then <see cref="Quantize"/>, in one sweep (docs/numerics.md §3). Result i8t[T, n].
/// </summary>
/// <param name="Epsilon">As in <see cref="RmsNorm"/>.</param>
public sealed record RmsNormQuantize(float Epsilon) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.RmsNormQuantize;

    /// <inheritdoc/>
    public override string Mnemonic => "rms_norm_quantize";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) =>
        new RmsNorm(Epsilon).Infer(operands) is { Type: { } type } ? new TensorType(ElementType.I8T, type.Shape)
            : new RmsNorm(Epsilon).Infer(operands);
}
