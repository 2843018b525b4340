using System.Runtime.InteropServices;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>Statistics in a file, read when they are asked for.</summary>
/// <remarks>Matrices that are asked for one after another often share an input: what somebody still holds is not read twice.</remarks>
/// <param name="file">Has all tensors, as binary32; disposed with this.</param>
internal sealed class MappedTensors(SafetensorsFile file) : IStatisticTensors
{
    private const int PieceElements = 1 << 20;

    private readonly Dictionary<string, WeakReference<float[]>> _held = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public float[] Read(string name)
    {
        lock (_lock)
        {
            if (_held.TryGetValue(name, out WeakReference<float[]>? reference) && reference.TryGetTarget(out float[]? held))
            {
                return held;
            }

            float[] elements = ReadElements(name);
            _held[name] = new WeakReference<float[]>(elements);
            return elements;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private float[] ReadElements(string name)
    {
        file.TryGet(name, out SafetensorsTensor tensor);
        float[] elements = new float[tensor.ElementCount];
        for (int start = 0; start < elements.Length; start += PieceElements)
        {
            Span<float> piece = elements.AsSpan(start, Math.Min(PieceElements, elements.Length - start));
            file.Span(tensor, (long)start * sizeof(float), piece.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(piece));
        }

        int side = tensor.Shape.Length == 2 ? (int)tensor.Shape[1] : 0;
        for (int i = 0; i < elements.Length; i++)
        {
            // What lies off the diagonal of a moment may be negative; means of squares, maxima and shares may not.
            bool mayBeNegative = side > 0 && i / side != i % side;
            if (!float.IsFinite(elements[i]) || (elements[i] < 0 && !mayBeNegative))
            {
                throw new CompilationException(
                    Codes.CalibrationInvalid,
                    $"element {i} of tensor '{Excerpt.Of(name)}' is {elements[i]}; a finite number{(mayBeNegative ? "" : " from 0 on")} is wanted",
                    file.Path, "calibrate again");
            }
        }

        return elements;
    }
}
