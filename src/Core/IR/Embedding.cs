namespace Flightc.IR;

/// <summary>
/// Rows of a table: <c>y[t] = w[ids[t]] · scale</c>. Operands: ids i32[T], table (vocabulary, hidden). Result f32[T,
/// hidden].
/// </summary>
/// <param name="Scale">What rows are multiplied by: 1, or √hidden in Gemma.</param>
public sealed record Embedding(float Scale = 1) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Embedding;

    /// <inheritdoc/>
    public override string Mnemonic => "embedding";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.I32, Shape: [{ IsTokens: true } t] }, { Shape: [_, var hidden] }] =>
            new TensorType(ElementType.F32, t, hidden),
        _ => "takes token ids i32[T] and a table of two dimensions",
    };
}
