using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Which element of a term stands where in a value. Layers do the same, so many values share one of these, and what is worked out of it once serves all.</summary>
/// <param name="tensor">For each element of the value <c>token · columns + column</c>; int64, in the shape of the value.</param>
internal sealed class ViewIndex(OnnxTensor tensor)
{
    private long[]? _indices;
    private string? _hash;
    private (int Columns, int[] Used) _used = (0, []);
    private readonly List<ViewIndex> _reshaped = [];
    private bool? _isInOrder;

    /// <summary>As a tensor.</summary>
    public OnnxTensor Tensor => tensor;

    /// <summary>As numbers.</summary>
    public long[] Indices => _indices ??= TensorElements.ToLongs(tensor);

    /// <summary>Equal for equal numbers.</summary>
    public string Hash => _hash ??= Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(Indices.AsSpan())));

    /// <summary>Whether the numbers are 0, 1, 2 and so on.</summary>
    public bool IsInOrder
    {
        get
        {
            if (_isInOrder is null)
            {
                long[] indices = Indices;
                int next = 0;
                while (next < indices.Length && indices[next] == next)
                {
                    next++;
                }

                _isInOrder = next == indices.Length;
            }

            return _isInOrder.Value;
        }
    }

    /// <summary>The same numbers in another shape; the same object for the same shape.</summary>
    public ViewIndex Reshaped(IReadOnlyList<long> shape)
    {
        if (tensor.Shape.SequenceEqual(shape))
        {
            return this;
        }

        ViewIndex? known = _reshaped.Find(r => r.Tensor.Shape.SequenceEqual(shape));
        if (known is null)
        {
            _reshaped.Add(known = new ViewIndex(new OnnxTensor(tensor.ElementType, [.. shape], tensor.Data)) { _indices = _indices, _isInOrder = _isInOrder });
        }

        return known;
    }

    /// <summary>The columns that occur, ascending.</summary>
    /// <param name="columns">Columns of the term.</param>
    public int[] UsedColumns(int columns)
    {
        if (_used.Columns != columns)
        {
            bool[] used = new bool[columns];
            foreach (long i in Indices)
            {
                used[i % columns] = true;
            }

            _used = (columns, [.. Enumerable.Range(0, columns).Where(c => used[c])]);
        }

        return _used.Used;
    }
}
