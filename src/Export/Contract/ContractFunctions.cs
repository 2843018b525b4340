using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>The functions of docs/numerics.md §1.2, of standard operators.</summary>
/// <remarks>ONNX has no fused product and sum: it is made in binary64, where the product is exact, and rounded to binary32. It differs from the fused one where the sum lies so near
/// the middle of two numbers that rounding twice shows, about once in 2^29.</remarks>
internal static class ContractFunctions
{
    private const float ExponentLimit = 126;

    private static readonly float MinusLog2E = FromBits(0xbfb8aa3b);
    private static readonly float TwiceLog2E = FromBits(0x4038aa3b);

    // ln(2)^k / k!, k = 0 … 6.
    private static readonly float[] Exp2Coefficients =
        [.. new uint[] { 0x3f800000, 0x3f317218, 0x3e75fdf0, 0x3d635847, 0x3c1d955b, 0x3aaec3ff, 0x39218489 }.Select(FromBits)];

    // Abramowitz and Stegun 7.1.26, from the highest power down.
    private static readonly float[] GeluCoefficients = [.. new uint[] { 0xbfba00e3, 0x3fb5f0e3, 0xbe91a98e, 0x3e827906 }.Select(FromBits)];

    /// <summary>f(x)</summary>
    /// <param name="scope">The operation.</param>
    /// <param name="part">What the result is within it; empty for its result.</param>
    /// <param name="function">f.</param>
    /// <param name="x">f32 of any shape.</param>
    public static string Apply(NodeScope scope, string part, ActivationFunction function, string x)
    {
        NodeList nodes = scope.Nodes;
        return function switch
        {
            ActivationFunction.Silu => Sigmoidal(scope, part, x, scope.Add("Mul", "exponent", [x, nodes.Float(MinusLog2E)])),
            ActivationFunction.QuickGelu => Sigmoidal(scope, part, x, scope.Add("Mul", "exponent", [x, nodes.Float(FromBits(0xc01d265f))])),
            ActivationFunction.GeluTanh => Sigmoidal(scope, part, x, GeluTanhExponent(scope, x)),
            ActivationFunction.Gelu => Gelu(scope, part, x),
            ActivationFunction.Relu => scope.Add("Relu", part, [x]),
        };
    }

    /// <summary>cap(x, c)</summary>
    public static string Cap(NodeScope scope, string part, string x, float cap)
    {
        NodeList nodes = scope.Nodes;
        string share = scope.Add("Mul", "exponent", [scope.Add("Div", "share", [x, nodes.Float(cap)]), nodes.Float(TwiceLog2E)]);
        string divisor = scope.Add("Add", "divisor", [nodes.Float(1), Exp2(scope.Within("exp2"), share)]);
        string tanh = scope.Add("Sub", "tanh", [nodes.Float(1), scope.Add("Div", "quotient", [nodes.Float(2), divisor])]);
        return scope.Add("Mul", part, [nodes.Float(cap), tanh]);
    }

    /// <summary>exp2(t); the result has the scope's name.</summary>
    public static string Exp2(NodeScope scope, string t)
    {
        NodeList nodes = scope.Nodes;
        string limited = scope.Add("Clip", "limited", [t, nodes.Float(-ExponentLimit), nodes.Float(ExponentLimit)]);
        string whole = scope.Add("Round", "whole", [limited]);
        string fraction = scope.Cast("fraction", scope.Add("Sub", "rest", [limited, whole]), OnnxElementType.Double);
        string p = nodes.Double(Exp2Coefficients[^1]);
        for (int k = Exp2Coefficients.Length - 2; k >= 0; k--)
        {
            string sum = scope.Add("Add", $"sum{k}", [scope.Add("Mul", $"product{k}", [p, fraction]), nodes.Double(Exp2Coefficients[k])]);
            string rounded = scope.Cast($"p{k}", sum, OnnxElementType.Float);
            p = k == 0 ? rounded : scope.Cast($"wide{k}", rounded, OnnxElementType.Double);
        }

        string power = scope.Add("Pow", "power", [nodes.Double(2), scope.Cast("exponent", whole, OnnxElementType.Double)]);
        return scope.Add("Mul", "", [p, scope.Cast("factor", power, OnnxElementType.Float)]);
    }

    /// <summary>The binary32 of these bits.</summary>
    public static float FromBits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    // x ÷ (1 + exp2(exponent))
    private static string Sigmoidal(NodeScope scope, string part, string x, string exponent) =>
        scope.Add("Div", part, [x, scope.Add("Add", "divisor", [scope.Nodes.Float(1), Exp2(scope.Within("exp2"), exponent)])]);

    private static string GeluTanhExponent(NodeScope scope, string x)
    {
        string cube = scope.Add("Mul", "cube", [scope.Add("Mul", "square", [x, x]), x]);
        string sum = scope.Add("Add", "sum", [x, scope.Add("Mul", "cubic_part", [cube, scope.Nodes.Float(FromBits(0x3d372713))])]);
        return scope.Add("Mul", "exponent", [sum, scope.Nodes.Float(FromBits(0xc0135761))]);
    }

    private static string Gelu(NodeScope scope, string part, string x)
    {
        NodeList nodes = scope.Nodes;
        string z = scope.Add("Mul", "z", [scope.Add("Abs", "magnitude", [x]), nodes.Float(FromBits(0x3f3504f3))]);
        string divisor = scope.Add("Add", "divisor", [nodes.Float(1), scope.Add("Mul", "z_share", [z, nodes.Float(FromBits(0x3ea7ba05))])]);
        string t = scope.Add("Reciprocal", "t", [divisor]);
        string p = scope.Add("Mul", "p", [nodes.Float(FromBits(0x3f87dc22)), t]);
        for (int k = 0; k < GeluCoefficients.Length; k++)
        {
            p = scope.Add("Mul", $"p{k}", [scope.Add("Add", $"sum{k}", [p, nodes.Float(GeluCoefficients[k])]), t]);
        }

        string exponent = scope.Add("Mul", "exponent", [scope.Add("Mul", "z_square", [z, z]), nodes.Float(MinusLog2E)]);
        string tail = scope.Add("Mul", "tail", [scope.Add("Mul", "twice_tail", [p, Exp2(scope.Within("exp2"), exponent)]), nodes.Float(0.5f)]);
        string isPositive = scope.Add("GreaterOrEqual", "is_positive", [x, nodes.Float(0)]);
        string share = scope.Add("Where", "share", [isPositive, scope.Add("Sub", "body", [nodes.Float(1), tail]), tail]);
        return scope.Add("Mul", part, [x, share]);
    }
}
