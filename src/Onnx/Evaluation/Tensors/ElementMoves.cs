using System.Runtime.InteropServices;

namespace Flightc.Onnx.Evaluation;

/// <summary>Copies elements without looking at them: what transposing, slicing, gathering and repeating are made of.</summary>
internal static class ElementMoves
{
    /// <summary>The tensor whose element at (i0, i1, …) is the source's at <c>offset + Σ i·strides</c>.</summary>
    public static OnnxTensor Strided(OnnxTensor source, long offset, long[] strides, long[] shape)
    {
        int bits = source.ElementType.Bits();
        int count = checked((int)Shapes.Count(shape));
        if (source.ElementCount > count && source.Data is not (MemoryBytes or IMemoryBytes))
        {
            return Picked(source, Places(offset, strides, shape), shape);
        }

        ReadOnlySpan<byte> bytes = Whole(source);
        byte[] result = new byte[count * Math.Max(1, bits / 8)];
        switch (bits)
        {
            case 16:
                Copy(MemoryMarshal.Cast<byte, ushort>(bytes), offset, strides, MemoryMarshal.Cast<byte, ushort>(result.AsSpan()), shape);
                break;
            case 32:
                Copy(MemoryMarshal.Cast<byte, uint>(bytes), offset, strides, MemoryMarshal.Cast<byte, uint>(result.AsSpan()), shape);
                break;
            case 64:
                Copy(MemoryMarshal.Cast<byte, ulong>(bytes), offset, strides, MemoryMarshal.Cast<byte, ulong>(result.AsSpan()), shape);
                break;
            default:
                Copy(bytes, offset, strides, result, shape);
                break;
        }

        return FromBytes(source.ElementType, shape, result);
    }

    /// <summary>The tensor of the source's elements at places; a place of -1 gives zero bits, or what <paramref name="fill"/> holds.</summary>
    /// <remarks>Neighbours are read together, and nothing else is read: the source may be larger than memory.</remarks>
    public static OnnxTensor Picked(OnnxTensor source, long[] places, long[] shape, ReadOnlySpan<byte> fill = default)
    {
        int width = Width(source.ElementType);
        byte[] result = new byte[checked(places.Length * width)];
        for (int i = 0; i < places.Length;)
        {
            int run = 1;
            if (places[i] < 0)
            {
                fill.CopyTo(result.AsSpan(i * width, width));
            }
            else
            {
                while (i + run < places.Length && places[i + run] == places[i] + run)
                {
                    run++;
                }

                ReadRun(source, places[i], run, result.AsSpan(i * width, run * width));
            }

            i += run;
        }

        return FromBytes(source.ElementType, shape, result);
    }

    /// <summary>Bytes of one element once spread to whole bytes.</summary>
    public static int Width(OnnxElementType type) => Math.Max(1, type.Bits() / 8);

    /// <summary>All elements, each in <see cref="Width"/> bytes.</summary>
    public static ReadOnlySpan<byte> Whole(OnnxTensor source)
    {
        int bits = source.ElementType.Bits();
        ReadOnlySpan<byte> bytes = TensorElements.Bytes(source);
        return bits < 8 ? PackedBits.Unpack(bytes, checked((int)source.ElementCount), bits) : bytes;
    }

    /// <summary>A tensor of elements that have <see cref="Width"/> bytes each.</summary>
    public static OnnxTensor FromBytes(OnnxElementType type, long[] shape, byte[] elements)
    {
        int bits = type.Bits();
        return new(type, shape, new ArrayBytes<byte>(bits < 8 ? PackedBits.Pack(elements, bits) : elements));
    }

    private static void ReadRun(OnnxTensor source, long first, int count, Span<byte> target)
    {
        int bits = source.ElementType.Bits();
        if (bits >= 8)
        {
            source.Data.Read(first * (bits / 8), target);
            return;
        }

        // Elements share bytes: those around the run are read, and the ones before it left out.
        int perByte = 8 / bits;
        int before = (int)(first % perByte);
        byte[] packed = new byte[(before + count + perByte - 1) / perByte];
        source.Data.Read(first / perByte, packed);
        PackedBits.Unpack(packed, before + count, bits).AsSpan(before).CopyTo(target);
    }

    private static long[] Places(long offset, long[] strides, long[] shape)
    {
        long[] places = new long[Shapes.Count(shape)];
        Odometer odometer = new(shape, strides);
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = offset + odometer.Offset;
            odometer.Advance();
        }

        return places;
    }

    private static void Copy<T>(ReadOnlySpan<T> source, long offset, long[] strides, Span<T> target, long[] shape)
    {
        if (target.Length == 0)
        {
            return;
        }

        int inner = shape.Length == 0 ? 1 : (int)shape[^1];
        long step = shape.Length == 0 ? 0 : strides[^1];
        Odometer outer = new(shape.AsSpan(0, Math.Max(0, shape.Length - 1)), strides);
        for (int at = 0; at < target.Length; at += inner)
        {
            long from = offset + outer.Offset;
            if (step == 1)
            {
                source.Slice((int)from, inner).CopyTo(target[at..]);
            }
            else
            {
                for (int i = 0; i < inner; i++)
                {
                    target[at + i] = source[(int)(from + i * step)];
                }
            }

            outer.Advance();
        }
    }
}
