using System.Numerics;
using System.Runtime.InteropServices;

namespace Flightc.Onnx.Evaluation;

/// <summary>Elements of tensors as numbers of .NET, and back.</summary>
/// <remarks>
/// Reading converts as a cast does: to <c>float</c> and <c>double</c> by rounding, to integers by truncation. Bool is 0 and 1. Nothing is copied where the tensor lies in
/// memory in the type that is asked for.
/// </remarks>
public static class TensorElements
{
    /// <summary>All elements as binary32.</summary>
    public static float[] ToFloats(OnnxTensor tensor) => Read<float>(tensor).ToArray();

    /// <summary>All elements as binary64.</summary>
    public static double[] ToDoubles(OnnxTensor tensor) => Read<double>(tensor).ToArray();

    /// <summary>All elements as 64-bit integers.</summary>
    public static long[] ToLongs(OnnxTensor tensor) => Read<long>(tensor).ToArray();

    /// <summary>All elements as truth values: whether they are other than 0.</summary>
    public static bool[] ToBools(OnnxTensor tensor) => Array.ConvertAll(ToDoubles(tensor), v => v != 0);

    /// <summary>A tensor of binary32.</summary>
    public static OnnxTensor Of(float[] values, params long[] shape) => Create(OnnxElementType.Float, shape, values);

    /// <summary>A tensor of 64-bit integers.</summary>
    public static OnnxTensor Of(long[] values, params long[] shape) => Create(OnnxElementType.Int64, shape, values);

    /// <summary>A tensor of truth values.</summary>
    public static OnnxTensor Of(bool[] values, params long[] shape) =>
        Create(OnnxElementType.Bool, shape, Array.ConvertAll(values, v => v ? 1L : 0L));

    /// <summary>A tensor of any type from numbers: rounded to nearest with ties to even; integers keep their low bits.</summary>
    public static OnnxTensor Of(OnnxElementType type, double[] values, params long[] shape) => Create(type, shape, values);

    /// <summary>A tensor of any type from integers: integers keep their low bits.</summary>
    public static OnnxTensor Of(OnnxElementType type, long[] values, params long[] shape) => Create(type, shape, values);

    /// <summary>All bytes, as the file format has them.</summary>
    public static ReadOnlySpan<byte> Bytes(OnnxTensor tensor)
    {
        switch (tensor.Data)
        {
            case IMemoryBytes memory:
                return memory.Span;
            case MemoryBytes memory:
                return memory.Span;
            default:
                byte[] bytes = new byte[tensor.Data.Length];
                tensor.Data.Read(0, bytes);
                return bytes;
        }
    }

    /// <summary>All elements in one of the types of <see cref="Lane"/>.</summary>
    internal static ReadOnlySpan<T> Read<T>(OnnxTensor tensor)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<byte> bytes = Bytes(tensor);
        OnnxElementType type = tensor.ElementType;
        if (type == NativeTypeOf<T>())
        {
            return MemoryMarshal.Cast<byte, T>(bytes);
        }

        int bits = type.Bits();
        int count = checked((int)tensor.ElementCount);
        return type switch
        {
            OnnxElementType.Float => Convert<float, T>(bytes),
            OnnxElementType.Double => Convert<double, T>(bytes),
            OnnxElementType.Float16 => Convert<Half, T>(bytes),
            OnnxElementType.Int8 => Convert<sbyte, T>(bytes),
            OnnxElementType.Int16 => Convert<short, T>(bytes),
            OnnxElementType.Int32 => Convert<int, T>(bytes),
            OnnxElementType.Int64 => Convert<long, T>(bytes),
            OnnxElementType.UInt8 or OnnxElementType.Bool => Convert<byte, T>(bytes),
            OnnxElementType.UInt16 => Convert<ushort, T>(bytes),
            OnnxElementType.UInt32 => Convert<uint, T>(bytes),
            OnnxElementType.UInt64 => Convert<ulong, T>(bytes),
            OnnxElementType.BFloat16 => Array.ConvertAll(
                MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), static b => T.CreateTruncating(BFloat16Bits.ToFloat(b))),
            OnnxElementType.UInt4 or OnnxElementType.UInt2 => Array.ConvertAll(PackedBits.Unpack(bytes, count, bits), static b => T.CreateTruncating(b)),
            OnnxElementType.Int4 or OnnxElementType.Int2 => Array.ConvertAll(
                PackedBits.Unpack(bytes, count, bits), b => T.CreateTruncating(PackedBits.SignExtend(b, bits))),
            _ when Float8Format.Of(type) is { } format => Array.ConvertAll(bytes.ToArray(), b => T.CreateTruncating(format.Decode(b))),
            _ => throw UnsupportedType.Of(type, tensor.Name),
        };
    }

    /// <summary>A tensor from numbers; the array belongs to it afterwards.</summary>
    internal static OnnxTensor Create<T>(OnnxElementType type, long[] shape, T[] values)
        where T : unmanaged, INumber<T> => new(type, shape, BytesOf(type, values));

    private static ITensorBytes BytesOf<T>(OnnxElementType type, T[] values)
        where T : unmanaged, INumber<T> => type switch
        {
            _ when type == NativeTypeOf<T>() => new ArrayBytes<T>(values),
            OnnxElementType.Float => Narrow<T, float>(values),
            OnnxElementType.Double => Narrow<T, double>(values),
            OnnxElementType.Float16 => Narrow<T, Half>(values),
            OnnxElementType.Int8 => Narrow<T, sbyte>(values),
            OnnxElementType.Int16 => Narrow<T, short>(values),
            OnnxElementType.Int32 => Narrow<T, int>(values),
            OnnxElementType.Int64 => Narrow<T, long>(values),
            OnnxElementType.UInt8 => Narrow<T, byte>(values),
            OnnxElementType.UInt16 => Narrow<T, ushort>(values),
            OnnxElementType.UInt32 => Narrow<T, uint>(values),
            OnnxElementType.UInt64 => Narrow<T, ulong>(values),
            OnnxElementType.Bool => new ArrayBytes<byte>(Array.ConvertAll(values, static v => T.IsZero(v) ? (byte)0 : (byte)1)),
            OnnxElementType.BFloat16 => new ArrayBytes<ushort>(Array.ConvertAll(values, static v => BFloat16Bits.FromFloat(float.CreateTruncating(v)))),
            OnnxElementType.UInt4 or OnnxElementType.UInt2 or OnnxElementType.Int4 or OnnxElementType.Int2 => new ArrayBytes<byte>(
                PackedBits.Pack(Array.ConvertAll(values, static v => (byte)long.CreateTruncating(v)), type.Bits())),
            _ when Float8Format.Of(type) is { } format => new ArrayBytes<byte>(
                Array.ConvertAll(values, v => format.Encode(double.CreateTruncating(v), saturates: true))),
            _ => throw UnsupportedType.Of(type, ""),
        };

    private static OnnxElementType NativeTypeOf<T>() =>
        typeof(T) == typeof(float) ? OnnxElementType.Float
        : typeof(T) == typeof(double) ? OnnxElementType.Double
        : typeof(T) == typeof(long) ? OnnxElementType.Int64
        : typeof(T) == typeof(ulong) ? OnnxElementType.UInt64
        : OnnxElementType.Undefined;

    private static T[] Convert<TSource, T>(ReadOnlySpan<byte> bytes)
        where TSource : unmanaged, INumber<TSource>
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<TSource> source = MemoryMarshal.Cast<byte, TSource>(bytes);
        T[] result = new T[source.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = T.CreateTruncating(source[i]);
        }

        return result;
    }

    private static ArrayBytes<TTarget> Narrow<T, TTarget>(T[] values)
        where T : unmanaged, INumber<T>
        where TTarget : unmanaged, INumber<TTarget> => new(Array.ConvertAll(values, static v => TTarget.CreateTruncating(v)));
}
