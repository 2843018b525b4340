using Flightc.IR;

namespace Flightc.Tests.Linking;

/// <summary>Matrices of 16 x 32 codes, of which it is known how many are there at a time, and when each was made.</summary>
internal sealed class CountedWeights(MatrixCost cost) : IQuantizedWeights
{
    public static readonly QuantizedFormat Format = new(4, 32);

    private readonly Lock _lock = new();
    private readonly List<string> _made = [];
    private long _bytes;

    /// <summary>Called while a matrix is made.</summary>
    public Action<string>? Making { get; init; }

    /// <summary>Names in the order in which making began.</summary>
    public IReadOnlyList<string> Made => _made;

    /// <summary>The most bytes that were there at a time, by cost.</summary>
    public long MostBytes { get; private set; }

    public int Released { get; private set; }

    public MatrixCost CostOf(string name) => cost;

    public QuantizedMatrix Get(string name)
    {
        lock (_lock)
        {
            _made.Add(name);
            _bytes += cost.Total;
            MostBytes = Math.Max(MostBytes, _bytes);
        }

        Making?.Invoke(name);
        lock (_lock)
        {
            _bytes -= cost.Working;
        }

        return new QuantizedMatrix(16, 32, Format, new sbyte[16 * 32], new byte[16], new float[16]);
    }

    public void Release(QuantizedMatrix matrix)
    {
        lock (_lock)
        {
            _bytes -= cost.Kept;
            Released++;
        }
    }
}
