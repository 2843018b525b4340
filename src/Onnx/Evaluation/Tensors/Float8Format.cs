namespace Flightc.Onnx.Evaluation;

/// <summary>A number of 8 bits: sign, exponent, significand.</summary>
/// <remarks>
/// FN and FNUZ ("FP8 Formats for Deep Learning", arXiv 2209.05433; "8-bit Numerical Formats for Deep Neural Networks", arXiv 2206.02915): FN has no infinity and
/// one NaN per sign with all bits set; FNUZ has neither infinity nor negative zero, its NaN has the code of that zero, and its bias is one more.
/// </remarks>
internal sealed class Float8Format
{
    private readonly int _significandBits;
    private readonly int _bias;
    private readonly bool _hasInfinity;
    private readonly bool _isUnsignedZero;
    private readonly float[] _values = new float[256];

    private Float8Format(int significandBits, int bias, bool hasInfinity, bool isUnsignedZero)
    {
        _significandBits = significandBits;
        _bias = bias;
        _hasInfinity = hasInfinity;
        _isUnsignedZero = isUnsignedZero;
        for (int code = 0; code < 256; code++)
        {
            _values[code] = ValueOf(code);
        }

        Largest = _values.Where(float.IsFinite).Max();
    }

    /// <summary>The largest finite value.</summary>
    public float Largest { get; }

    private int NaN => _isUnsignedZero ? 0x80 : 0x7F;

    private static readonly Float8Format E4M3FN = new(3, 7, hasInfinity: false, isUnsignedZero: false);

    private static readonly Float8Format E4M3FNUZ = new(3, 8, hasInfinity: false, isUnsignedZero: true);

    private static readonly Float8Format E5M2 = new(2, 15, hasInfinity: true, isUnsignedZero: false);

    private static readonly Float8Format E5M2FNUZ = new(2, 16, hasInfinity: false, isUnsignedZero: true);

    /// <summary>The format of an element type, or null for types of another kind.</summary>
    public static Float8Format? Of(OnnxElementType type) =>
        type == OnnxElementType.Float8E4M3FN ? E4M3FN
        : type == OnnxElementType.Float8E4M3FNUZ ? E4M3FNUZ
        : type == OnnxElementType.Float8E5M2 ? E5M2
        : type == OnnxElementType.Float8E5M2FNUZ ? E5M2FNUZ
        : null;

    /// <summary>The value of a code.</summary>
    public float Decode(byte code) => _values[code];

    /// <summary>The nearest code, ties to even.</summary>
    /// <param name="value">Any.</param>
    /// <param name="saturates">Whether what is too large becomes the largest; otherwise infinity, or NaN where there is none.</param>
    public byte Encode(double value, bool saturates)
    {
        int sign = double.IsNegative(value) ? 0x80 : 0;
        double size = Math.Abs(value);
        if (double.IsNaN(value))
        {
            return (byte)(_isUnsignedZero ? NaN : NaN | sign);
        }

        if (double.IsInfinity(value))
        {
            return TooLarge(sign, saturates);
        }

        int least = 1 - _bias;
        int exponent = size == 0 ? least : Math.Max(least, Math.ILogB(size));
        double steps = Math.Round(Math.ScaleB(size, _significandBits - exponent), MidpointRounding.ToEven);
        if (Math.ScaleB(steps, exponent - _significandBits) > Largest)
        {
            return TooLarge(sign, saturates);
        }

        // A rounding up to the next power of two carries from the significand into the exponent by itself.
        int one = 1 << _significandBits;
        int code = steps < one ? (int)steps : ((exponent + _bias) << _significandBits) + ((int)steps - one);
        return (byte)(code == 0 && _isUnsignedZero ? 0 : code | sign);
    }

    private byte TooLarge(int sign, bool saturates)
    {
        if (saturates)
        {
            return (byte)(Array.IndexOf(_values, Largest) | sign);
        }

        int code = _hasInfinity ? 0x7C : NaN;
        return (byte)(_isUnsignedZero ? code : code | sign);
    }

    private float ValueOf(int code)
    {
        int magnitude = code & 0x7F;
        int field = magnitude >> _significandBits;
        int rest = magnitude & ((1 << _significandBits) - 1);
        bool topField = field == 0x7F >> _significandBits;
        if (_isUnsignedZero ? code == NaN : _hasInfinity ? topField && rest != 0 : magnitude == NaN)
        {
            return float.NaN;
        }

        float size = _hasInfinity && topField ? float.PositiveInfinity
            : field == 0 ? MathF.ScaleB(rest, 1 - _bias - _significandBits)
            : MathF.ScaleB(rest + (1 << _significandBits), field - _bias - _significandBits);
        return (code & 0x80) != 0 ? -size : size;
    }
}
