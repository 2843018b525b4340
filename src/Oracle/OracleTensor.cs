using System.Runtime.InteropServices;
using Flightc.Onnx;

namespace Flightc.Oracle;

/// <summary>Tensors of numbers, for what goes into an oracle and comes out of it.</summary>
public static class OracleTensor
{
    /// <summary>A tensor of binary32.</summary>
    public static OnnxTensor Of(ReadOnlySpan<float> values, params long[] shape) => Of(OnnxElementType.Float, values, shape);

    /// <summary>A tensor of 64-bit integers: token ids, masks, positions.</summary>
    public static OnnxTensor Of(ReadOnlySpan<long> values, params long[] shape) => Of(OnnxElementType.Int64, values, shape);

    /// <summary>A tensor of 32-bit integers.</summary>
    public static OnnxTensor Of(ReadOnlySpan<int> values, params long[] shape) => Of(OnnxElementType.Int32, values, shape);

    /// <summary>A tensor of truth values.</summary>
    public static OnnxTensor Of(ReadOnlySpan<bool> values, params long[] shape) => Of(OnnxElementType.Bool, values, shape);

    /// <summary>Token ids as most models want them: [1, T] of 64 bits.</summary>
    public static OnnxTensor OfIds(ReadOnlySpan<int> ids)
    {
        long[] values = new long[ids.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ids[i];
        }

        return Of(values, 1, ids.Length);
    }

    /// <summary>The elements of a tensor of binary32, binary16 or binary64, as binary32.</summary>
    /// <exception cref="ArgumentException">It has elements of another type.</exception>
    public static float[] Floats(OnnxTensor tensor) => tensor.ElementType switch
    {
        OnnxElementType.Float => Elements<float>(tensor),
        OnnxElementType.Float16 => Array.ConvertAll(Elements<Half>(tensor), x => (float)x),
        OnnxElementType.Double => Array.ConvertAll(Elements<double>(tensor), x => (float)x),
        _ => throw new ArgumentException($"{tensor.ElementType} is no float that can be read", nameof(tensor)),
    };

    /// <summary>The elements of a tensor of 64-bit integers.</summary>
    /// <exception cref="ArgumentException">It has elements of another type.</exception>
    public static long[] Longs(OnnxTensor tensor) => tensor.ElementType == OnnxElementType.Int64
        ? Elements<long>(tensor)
        : throw new ArgumentException($"{tensor.ElementType} stands where 64-bit integers are wanted", nameof(tensor));

    private static OnnxTensor Of<T>(OnnxElementType type, ReadOnlySpan<T> values, long[] shape)
        where T : unmanaged
    {
        OnnxTensor tensor = new(type, shape, new MemoryBytes(MemoryMarshal.AsBytes(values).ToArray()));
        return tensor.ElementCount == values.Length
            ? tensor
            : throw new ArgumentException($"{values.Length} elements do not fill [{string.Join(',', shape)}]", nameof(values));
    }

    private static T[] Elements<T>(OnnxTensor tensor)
        where T : unmanaged
    {
        T[] elements = new T[tensor.ElementCount];
        tensor.Data.Read(0, MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }
}
