namespace Flightc.Quantised;

/// <summary>The same number for all rows and columns.</summary>
internal sealed class OneGroup : IGroupValues
{
    private readonly float _value;

    private OneGroup(float value) => _value = value;

    /// <inheritdoc/>
    public int Groups => 1;

    /// <summary>That number everywhere.</summary>
    public static OneGroup Of(float value) => new(value);

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values) => values[..count].Fill(_value);
}
