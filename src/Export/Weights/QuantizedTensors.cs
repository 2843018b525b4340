using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>The constants of a quantised weight (docs/numerics.md §2).</summary>
/// <param name="Codes">int8[N, K]</param>
/// <param name="Multipliers">uint8[N, groups]</param>
/// <param name="RowScales">f32[N]</param>
/// <param name="Groups">int64[K]: the group of each column.</param>
internal sealed record QuantizedTensors(string Codes, string Multipliers, string RowScales, string Groups)
{
    /// <summary>Declares them; nothing is made yet.</summary>
    public static QuantizedTensors Of(NodeList nodes, Weight weight, LatestMatrix latest)
    {
        QuantizedFormat format = weight.Format!.Value;
        (long rows, long columns) = (weight.Type.Shape[0].Size, weight.Type.Shape[1].Size);
        long groups = format.GroupsIn(columns);
        return new QuantizedTensors(
            Tensor("codes", OnnxElementType.Int8, [rows, columns], sizeof(sbyte), m => MemoryMarshal.AsBytes(m.Codes.AsSpan())),
            Tensor("multipliers", OnnxElementType.UInt8, [rows, groups], sizeof(byte), m => m.Multipliers),
            Tensor("scales", OnnxElementType.Float, [rows], sizeof(float), m => MemoryMarshal.AsBytes(m.RowScales.AsSpan())),
            GroupsOf(nodes, columns, format.GroupSize));

        string Tensor(string part, OnnxElementType type, long[] shape, int elementBytes, MatrixBytes.Part bytes) => nodes.Constant(new OnnxTensor(
            type, shape, new MatrixBytes(latest, weight.Name, shape.Aggregate((long)elementBytes, (product, n) => checked(product * n)), bytes),
            $"{weight.Name}/{part}"));
    }

    private static string GroupsOf(NodeList nodes, long columns, int groupSize)
    {
        long[] groups = new long[columns];
        for (int k = 0; k < groups.Length; k++)
        {
            groups[k] = k / groupSize;
        }

        return nodes.Constant(new OnnxTensor(
            OnnxElementType.Int64, [columns], new MemoryBytes(MemoryMarshal.AsBytes(groups.AsSpan()).ToArray()), $"groups/{columns}_by_{groupSize}"));
    }
}
