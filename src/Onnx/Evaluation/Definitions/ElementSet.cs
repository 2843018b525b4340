using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>A set of element types: what an operator's parameter may be.</summary>
/// <param name="Bits">Bit n stands for the element type of number n.</param>
public readonly record struct ElementSet(uint Bits)
{
    /// <summary>binary16, bfloat16, binary32, binary64: what arithmetic on numbers with a point is defined for.</summary>
    public static readonly ElementSet Floats =
        Of(OnnxElementType.Float16, OnnxElementType.BFloat16, OnnxElementType.Float, OnnxElementType.Double);

    /// <summary>The four kinds with 8 bits.</summary>
    public static readonly ElementSet Float8s = Of(
        OnnxElementType.Float8E4M3FN, OnnxElementType.Float8E4M3FNUZ, OnnxElementType.Float8E5M2, OnnxElementType.Float8E5M2FNUZ);

    /// <summary>Two's complement, a byte and more.</summary>
    public static readonly ElementSet Signed = Of(OnnxElementType.Int8, OnnxElementType.Int16, OnnxElementType.Int32, OnnxElementType.Int64);

    /// <summary>Without a sign, a byte and more.</summary>
    public static readonly ElementSet NonNegative =
        Of(OnnxElementType.UInt8, OnnxElementType.UInt16, OnnxElementType.UInt32, OnnxElementType.UInt64);

    /// <summary>Integers below a byte.</summary>
    public static readonly ElementSet SmallIntegers = Of(OnnxElementType.Int4, OnnxElementType.UInt4, OnnxElementType.Int2, OnnxElementType.UInt2);

    /// <summary>Integers of a byte and more.</summary>
    public static readonly ElementSet Integers = Signed | NonNegative;

    /// <summary>What sums and products are defined for.</summary>
    public static readonly ElementSet Numbers = Floats | Integers;

    /// <summary>Truth values.</summary>
    public static readonly ElementSet Bool = Of(OnnxElementType.Bool);

    /// <summary>What indices are.</summary>
    public static readonly ElementSet Indices = Of(OnnxElementType.Int32, OnnxElementType.Int64);

    /// <summary>Int64 alone: shapes and axes.</summary>
    public static readonly ElementSet Int64 = Of(OnnxElementType.Int64);

    /// <summary>Int32 alone.</summary>
    public static readonly ElementSet Int32 = Of(OnnxElementType.Int32);

    /// <summary>Every type we hold.</summary>
    public static readonly ElementSet All = Numbers | Bool | Float8s | SmallIntegers;

    /// <summary>The union.</summary>
    public static ElementSet operator |(ElementSet left, ElementSet right) => left.Union(right);

    /// <summary>The named ones.</summary>
    public static ElementSet Of(params ReadOnlySpan<OnnxElementType> types)
    {
        uint bits = 0;
        foreach (OnnxElementType type in types)
        {
            bits |= 1u << (int)type;
        }

        return new(bits);
    }

    /// <summary>What is in either.</summary>
    public ElementSet Union(ElementSet other) => new(Bits | other.Bits);

    /// <summary>Whether the type is in it.</summary>
    public bool Contains(OnnxElementType type) => (Bits >> (int)type & 1) != 0;

    /// <summary>The types by number.</summary>
    public IEnumerable<OnnxElementType> Members()
    {
        for (uint rest = Bits; rest != 0; rest &= rest - 1)
        {
            yield return (OnnxElementType)BitOperations.TrailingZeroCount(rest);
        }
    }

    /// <summary>Such as <c>float, double</c>.</summary>
    public override string ToString() => string.Join(", ", Members().Select(OnnxElementTypes.OnnxName));
}
