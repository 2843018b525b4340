namespace Flightc.Onnx.Evaluation;

/// <summary>Counts through the places of a shape, last axis fastest, and keeps the offset that strides give each place.</summary>
internal sealed class Odometer
{
    private readonly long[] _shape;
    private readonly long[] _strides;

    /// <summary>At the first place. Strides beyond the shape's rank are not used.</summary>
    public Odometer(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        _shape = shape.ToArray();
        _strides = strides[..shape.Length].ToArray();
        Place = new long[shape.Length];
    }

    /// <summary>Where it stands.</summary>
    public long[] Place { get; }

    /// <summary><c>Σ place · stride</c>.</summary>
    public long Offset { get; private set; }

    /// <summary>Goes to the next place; after the last to the first.</summary>
    public void Advance()
    {
        for (int i = _shape.Length - 1; i >= 0; i--)
        {
            Offset += _strides[i];
            if (++Place[i] < _shape[i])
            {
                return;
            }

            Offset -= _strides[i] * _shape[i];
            Place[i] = 0;
        }
    }
}
