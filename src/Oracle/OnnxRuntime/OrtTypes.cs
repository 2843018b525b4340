using System.Runtime.InteropServices;
using Flightc.Onnx;

namespace Flightc.Oracle;

/// <summary>Reads what ONNX Runtime says of types and shapes.</summary>
internal static unsafe class OrtTypes
{
    /// <summary>The type of an input or output of a model.</summary>
    /// <param name="api">The library.</param>
    /// <param name="typeInfo">What the session gave; released.</param>
    /// <param name="name">Of the value.</param>
    /// <param name="location">The model, for messages.</param>
    public static OnnxValue Value(OrtApi api, nint typeInfo, string name, string location)
    {
        using OrtHandle info = api.Own(OrtFunction.ReleaseTypeInfo, typeInfo);
        using OrtHandle.Use use = info.Borrow();
        nint tensor;
        api.Check(((delegate* unmanaged<nint, nint*, nint>)api[OrtFunction.CastTypeInfoToTensorInfo])(use.Value, &tensor), location);

        // Sequences, maps and optional values are no tensors.
        return tensor == 0
            ? new OnnxValue(name, OnnxElementType.Undefined, null)
            : new OnnxValue(name, ElementType(api, tensor, location), Dims(api, tensor, location));
    }

    /// <summary>The type and shape of a tensor that a model gave.</summary>
    /// <param name="api">The library.</param>
    /// <param name="value">The tensor.</param>
    /// <param name="location">The model, for messages.</param>
    public static (OnnxElementType Type, long[] Shape) Tensor(OrtApi api, nint value, string location)
    {
        nint created;
        api.Check(((delegate* unmanaged<nint, nint*, nint>)api[OrtFunction.GetTensorTypeAndShape])(value, &created), location);
        using OrtHandle info = api.Own(OrtFunction.ReleaseTensorTypeAndShapeInfo, created);
        using OrtHandle.Use use = info.Borrow();
        return (ElementType(api, use.Value, location), Shape(api, use.Value, location));
    }

    private static OnnxElementType ElementType(OrtApi api, nint info, string location)
    {
        // Its numbers are those of the file format.
        int type;
        api.Check(((delegate* unmanaged<nint, int*, nint>)api[OrtFunction.GetTensorElementType])(info, &type), location);
        return (OnnxElementType)type;
    }

    private static long[] Shape(OrtApi api, nint info, string location)
    {
        nuint count;
        api.Check(((delegate* unmanaged<nint, nuint*, nint>)api[OrtFunction.GetDimensionsCount])(info, &count), location);
        long[] shape = new long[(int)count];
        fixed (long* extents = shape)
        {
            api.Check(((delegate* unmanaged<nint, long*, nuint, nint>)api[OrtFunction.GetDimensions])(info, extents, count), location);
        }

        return shape;
    }

    private static OnnxDim[] Dims(OrtApi api, nint info, string location)
    {
        long[] shape = Shape(api, info, location);
        nint[] symbols = new nint[shape.Length];
        fixed (nint* names = symbols)
        {
            api.Check(
                ((delegate* unmanaged<nint, nint*, nuint, nint>)api[OrtFunction.GetSymbolicDimensions])(info, names, (nuint)symbols.Length), location);
        }

        return [.. shape.Select((size, i) => new OnnxDim(size < 0 ? null : size, Marshal.PtrToStringUTF8(symbols[i]) ?? ""))];
    }
}
