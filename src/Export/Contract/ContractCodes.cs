using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>INT8 codes and scales of docs/numerics.md §3, <c>Quantize</c> and <c>QuantizeHeads</c>: integers in binary32.</summary>
internal static class ContractCodes
{
    private const float CodeLimit = 127;

    // The largest finite binary16.
    private const float HalfLimit = 65504;

    // 2^-100: what is smaller throughout becomes zeros.
    private static readonly float Negligible = ContractFunctions.FromBits(0x0d800000);

    /// <summary>Codes of everything along the last axis, by the largest magnitude there.</summary>
    /// <param name="scope">The operation.</param>
    /// <param name="x">f32[…, n]</param>
    /// <returns>Codes of that shape, and scales with a last extent of 1.</returns>
    public static (string Codes, string Scale) Rows(NodeScope scope, string x)
    {
        NodeList nodes = scope.Nodes;
        string largest = Largest(scope, x);
        string isNothing = scope.Add("Less", "is_nothing", [largest, nodes.Float(Negligible)]);
        string inverse = scope.Add("Div", "inverse", [nodes.Float(CodeLimit), largest]);
        return (
            Limited(scope, x, inverse, isNothing, -CodeLimit, CodeLimit),
            scope.Add("Where", "scales", [isNothing, nodes.Float(0), scope.Add("Div", "scale", [largest, nodes.Float(CodeLimit)])]));
    }

    /// <summary>Codes of heads.</summary>
    /// <param name="scope">The operation.</param>
    /// <param name="x">f32[…, d]</param>
    /// <param name="form">Of the codes.</param>
    /// <returns>Codes of that shape, and scales with a last extent of 1.</returns>
    public static (string Codes, string Scale) Heads(NodeScope scope, string x, HeadForm form) => form switch
    {
        HeadForm.Query => Rows(scope, x),
        HeadForm.Cache => Cached(scope, x, -127, 127, 127, isSigned: false),
        HeadForm.Values4 => Cached(scope, x, -7, 7, 7, isSigned: false),
        HeadForm.Keys4 => Cached(scope, x, -8, 7, 8, isSigned: true),
    };

    private static (string Codes, string Scale) Cached(NodeScope scope, string x, float least, float most, float divisor, bool isSigned)
    {
        NodeList nodes = scope.Nodes;
        string largest = Largest(scope, x);
        string quotient = scope.Add("Div", "quotient", [largest, nodes.Float(divisor)]);
        string finite = scope.Add("Clip", "finite", [quotient, nodes.Float(-HalfLimit), nodes.Float(HalfLimit)]);
        string rounded = scope.Cast("rounded", scope.Cast("half", finite, OnnxElementType.Float16), OnnxElementType.Float);
        string scale = isSigned ? Signed(scope, x, largest, rounded) : rounded;
        string isNothing = scope.Add("Or", "is_nothing", [
            scope.Add("Less", "is_small", [largest, nodes.Float(Negligible)]), scope.Add("Equal", "has_no_scale", [rounded, nodes.Float(0)])]);
        string inverse = scope.Add("Reciprocal", "inverse", [scale]);
        return (Limited(scope, x, inverse, isNothing, least, most), scope.Add("Where", "scales", [isNothing, nodes.Float(0), scale]));
    }

    // Positive where an element is the negative of the largest magnitude, so that it gets the lowest code.
    private static string Signed(NodeScope scope, string x, string largest, string scale)
    {
        string isLowest = scope.Add("Equal", "is_lowest", [x, scope.Add("Neg", "lowest", [largest])]);
        string any = scope.Reduce("ReduceMax", "any_lowest", scope.Cast("lowest_marks", isLowest, OnnxElementType.Float));
        string isPositive = scope.Add("Greater", "is_positive", [any, scope.Nodes.Float(0)]);
        return scope.Add("Where", "signed", [isPositive, scale, scope.Add("Neg", "negative", [scale])]);
    }

    private static string Largest(NodeScope scope, string x) => scope.Reduce("ReduceMax", "largest", scope.Add("Abs", "magnitudes", [x]));

    private static string Limited(NodeScope scope, string x, string inverse, string isNothing, float least, float most)
    {
        NodeList nodes = scope.Nodes;
        string rounded = scope.Add("Round", "integers", [scope.Add("Mul", "by_inverse", [x, inverse])]);
        string limited = scope.Add("Clip", "limited", [rounded, nodes.Float(least), nodes.Float(most)]);
        return scope.Add("Where", "codes", [isNothing, nodes.Float(0), limited]);
    }
}
