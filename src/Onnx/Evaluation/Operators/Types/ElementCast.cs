namespace Flightc.Onnx.Evaluation;

/// <summary>Conversion between element types as <c>Cast</c> defines it.</summary>
internal static class ElementCast
{
    /// <summary>The elements in another type: rounded to nearest with ties to even; to integers towards zero, keeping the low bits.</summary>
    /// <param name="source">What is converted.</param>
    /// <param name="type">A type that we hold.</param>
    /// <param name="saturates">Whether what is too large for 8 bits with a point becomes the largest.</param>
    public static OnnxTensor Convert(OnnxTensor source, OnnxElementType type, bool saturates)
    {
        long[] shape = [.. source.Shape];
        if (type == source.ElementType)
        {
            return new(type, shape, source.Data);
        }

        if (Float8Format.Of(type) is { } format)
        {
            byte[] codes = Array.ConvertAll(TensorElements.Read<double>(source).ToArray(), x => format.Encode(x, saturates));
            return new(type, shape, new ArrayBytes<byte>(codes));
        }

        return ElementTypes.LaneOf(source.ElementType) switch
        {
            Lane.Single when IsWhole(type) => TensorElements.Create(type, shape, Whole(TensorElements.Read<double>(source), type)),
            Lane.Double when IsWhole(type) => TensorElements.Create(type, shape, Whole(TensorElements.Read<double>(source), type)),
            Lane.Single => TensorElements.Create(type, shape, TensorElements.ToFloats(source)),
            Lane.Double => TensorElements.Create(type, shape, TensorElements.ToDoubles(source)),
            Lane.Signed => TensorElements.Create(type, shape, TensorElements.ToLongs(source)),
            Lane.NonNegative => TensorElements.Create(type, shape, TensorElements.Read<ulong>(source).ToArray()),
        };
    }

    private static bool IsWhole(OnnxElementType type) => !ElementTypes.IsFloat(type) && type != OnnxElementType.Bool;

    // Beyond the range of a type its low bits remain, as of integers; NaN becomes 0.
    private static long[] Whole(ReadOnlySpan<double> values, OnnxElementType type)
    {
        long[] result = new long[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            double x = values[i];
            result[i] = type == OnnxElementType.UInt64 && x >= long.MaxValue ? unchecked((long)(ulong)x) : double.IsNaN(x) ? 0 : (long)x;
        }

        return result;
    }
}
