namespace Flightc.Onnx.Evaluation;

/// <summary>A mask or bias over (batch, head, query, key) that broadcasts by numpy's rules; keys behind its last are hidden.</summary>
internal sealed class ScoreBias
{
    private readonly double[] _values;
    private readonly long[] _strides;
    private readonly long _keyCount;

    /// <summary>Of a tensor that is added, or of truth values that say which keys are seen.</summary>
    public ScoreBias(OnnxTensor tensor)
    {
        double[] values = TensorElements.ToDoubles(tensor);
        _values = tensor.ElementType == OnnxElementType.Bool ? Array.ConvertAll(values, v => v != 0 ? 0 : double.NegativeInfinity) : values;
        long[] shape = [.. tensor.Shape];
        _keyCount = shape.Length == 0 || shape[^1] == 1 ? long.MaxValue : shape[^1];
        _strides = Shapes.BroadcastStrides(shape, [1, 1, 1, 1]);
    }

    /// <summary>What is added to the score.</summary>
    public double At(int batch, int head, int query, int key) => key >= _keyCount
        ? double.NegativeInfinity
        : _values[batch * _strides[0] + head * _strides[1] + query * _strides[2] + key * _strides[3]];

    /// <summary>Whether a shape fits scores, but for keys that it may lack where <paramref name="mayBeShorter"/>.</summary>
    public static bool Fits(long[] shape, long[] scores, bool mayBeShorter)
    {
        bool fits = shape.Length <= 4;
        for (int i = 1; fits && i <= shape.Length; i++)
        {
            fits = shape[^i] == 1 || shape[^i] == scores[^i] || (i == 1 && mayBeShorter && shape[^i] < scores[^i] && shape[^i] > 0);
        }

        return fits;
    }
}
