using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Reads some elements of a tensor that may be larger than memory.</summary>
internal static class TensorRange
{
    /// <summary>Consecutive elements as binary32.</summary>
    /// <param name="tensor">Of any type that has numbers.</param>
    /// <param name="start">The first element, row-major.</param>
    /// <param name="count">How many.</param>
    public static ReadOnlySpan<float> Floats(OnnxTensor tensor, long start, int count)
    {
        // Elements below a byte begin where a byte does.
        int bits = tensor.ElementType.Bits();
        long first = start * bits / 8;
        int skipped = (int)(((start * bits) - (first * 8)) / bits);
        byte[] bytes = new byte[(((long)(skipped + count) * bits) + 7) / 8];
        tensor.Data.Read(first, bytes);
        return TensorElements.ToFloats(new OnnxTensor(tensor.ElementType, [skipped + count], new MemoryBytes(bytes))).AsSpan(skipped);
    }
}
