namespace Flightc.IR;

/// <summary>
/// Causal scaled dot-product attention over all tokens so far (Vaswani et al. 2017), K and V heads shared by
/// groups of query heads (Ainslie et al. 2023). Operands: q [T, heads · d], k and v [T, kvHeads · d], all
/// f32, or i8h, i8k, i8k, or i8h, i4k, i4k. Result f32[T, heads · d].
/// </summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadDim">d.</param>
/// <param name="Mask">Which blocks of keys the tokens of a prompt see; all where null. Tokens that are generated see
/// everything.</param>
/// <param name="Scale">What scores are multiplied by; 1/√d where null.</param>
/// <param name="Window">Keys that a token sees, itself included (Beltagy et al. 2020); 0 for all before it.</param>
/// <param name="Cap">c of <see cref="SoftCap"/>, applied to scaled scores; 0 for none.</param>
public sealed record Attention(
    int Heads, int KvHeads, int HeadDim, LayerMask? Mask = null, float? Scale = null, int Window = 0, float Cap = 0) : Op
{
    /// <summary>What scores are multiplied by: <see cref="Scale"/> or 1/√d, in binary64.</summary>
    public double Factor => Scale ?? (1 / Math.Sqrt(HeadDim));

    /// <inheritdoc/>
    public override OpKind Kind => OpKind.Attention;

    /// <inheritdoc/>
    public override string Mnemonic => "attention";

    /// <inheritdoc/>
    public override TypeOrError Infer(ReadOnlySpan<TensorType> operands)
    {
        if (Heads <= 0 || KvHeads <= 0 || Heads % KvHeads != 0)
        {
            return $"cannot share {KvHeads} key and value heads among {Heads} query heads";
        }

        if (Mask is { IsKnown: true } && Mask.Heads != Heads)
        {
            return $"a mask of {Mask.Heads} heads does not fit {Heads} query heads";
        }

        return operands switch
        {
            [{ Shape: [var t, var q] } x, { Shape: [_, var k] } y, { Shape: [_, var v] } z]
                when q.Size == (long)Heads * HeadDim && k.Size == (long)KvHeads * HeadDim && v == k
                    && (x.Element, y.Element, z.Element) is (ElementType.F32, ElementType.F32, ElementType.F32)
                        or (ElementType.I8H, ElementType.I8K, ElementType.I8K)
                        or (ElementType.I8H, ElementType.I4K, ElementType.I4K)
                => new TensorType(ElementType.F32, t, q),
            _ => $"takes q[T,{(long)Heads * HeadDim}], k and v [T,{(long)KvHeads * HeadDim}], all f32 or i8h, i8k, i8k or i8h, i4k, i4k",
        };
    }
}
