namespace Flightc.IR;

/// <summary>
/// Learned positions: <c>y[t] = x[t] + w[position of t + offset]</c> (Vaswani et al. 2017). Operands: x f32[T, n], table (positions, n). Result: the
/// type of x.
/// </summary>
/// <param name="Offset">Rows of the table before that of position 0: 2 in OPT.</param>
public sealed record AddPositions(int Offset = 0) : Op
{
    /// <inheritdoc/>
    public override OpKind Kind => OpKind.AddPositions;

    /// <inheritdoc/>
    public override string Mnemonic => "add_positions";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands) => operands switch
    {
        [{ Element: ElementType.F32, Shape: [_, var n] } x, { Shape: [var rows, var m] }] when n == m && rows.Size > Offset => x,
        _ => "takes f32[T,n] and a table of rows of n elements",
    };
}
