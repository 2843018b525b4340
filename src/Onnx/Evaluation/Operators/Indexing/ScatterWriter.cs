using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Writes updates into a copy of a tensor, or combines them with what is there.</summary>
internal static class ScatterWriter
{
    /// <summary>The reductions that an attribute can name.</summary>
    public static string ReductionOf(OperatorCall call)
    {
        string reduction = call.Version < 16 ? "none" : call.Text("reduction");
        return reduction is "none" or "add" or "mul" or "max" or "min"
            ? reduction
            : throw call.Invalid($"reduction is '{reduction}'; wanted none, add, mul, max or min");
    }

    /// <summary>Input 0 with input 2 at places, in order: of several updates for a place the last one stands, or all are combined.</summary>
    public static OnnxTensor Write(OperatorCall call, ReadOnlySpan<long> places)
    {
        string reduction = ReductionOf(call);
        OnnxElementType type = call.Type(0).ElementType;
        if (reduction == "none")
        {
            int width = ElementMoves.Width(type);
            byte[] result = ElementMoves.Whole(call.Value(0)).ToArray();
            ReadOnlySpan<byte> updates = ElementMoves.Whole(call.Value(2));
            for (int i = 0; i < places.Length; i++)
            {
                updates.Slice(i * width, width).CopyTo(result.AsSpan(checked((int)places[i] * width)));
            }

            return ElementMoves.FromBytes(type, call.Shape(0), result);
        }

        return ElementTypes.LaneOf(type) switch
        {
            Lane.Single => Combine<float>(call, places, reduction),
            Lane.Double => Combine<double>(call, places, reduction),
            Lane.Signed => Combine<long>(call, places, reduction),
            Lane.NonNegative => Combine<ulong>(call, places, reduction),
        };
    }

    private static OnnxTensor Combine<T>(OperatorCall call, ReadOnlySpan<long> places, string reduction)
        where T : unmanaged, INumber<T>
    {
        Func<T, T, T> function = reduction switch
        {
            "add" => static (a, b) => a + b,
            "mul" => static (a, b) => a * b,
            "max" => T.Max,
            _ => T.Min,
        };
        T[] result = call.Read<T>(0).ToArray();
        ReadOnlySpan<T> updates = call.Read<T>(2);
        for (int i = 0; i < places.Length; i++)
        {
            result[places[i]] = function(result[places[i]], updates[i]);
        }

        return TensorElements.Create(call.Type(0).ElementType, call.Shape(0), result);
    }
}
