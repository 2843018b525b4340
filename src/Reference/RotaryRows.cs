using Flightc.Numerics;

namespace Flightc.Reference;

/// <summary>The rotary tables of a model, made once and as far as positions have been asked for. Safe for several threads.</summary>
internal sealed class RotaryRows
{
    // Positions are made in blocks: one at a time would repeat the work that they share.
    private const int Block = 512;

    private readonly Dictionary<RotaryAngles, float[]> _tables = [];
    private readonly Lock _lock = new();

    /// <summary>Rows of r/2 cosines, then r/2 sines.</summary>
    /// <param name="angles">Of r elements.</param>
    /// <param name="first">Position of the first row.</param>
    /// <param name="count">Rows.</param>
    public ReadOnlySpan<float> Of(RotaryAngles angles, int first, int count)
    {
        int headDim = angles.Dim;
        lock (_lock)
        {
            float[] table = _tables.GetValueOrDefault(angles) ?? [];
            int known = table.Length / headDim;
            if (known < first + count)
            {
                // Doubled at least, so that long sequences do not copy again and again.
                int wanted = (Math.Max(first + count, 2 * known) + Block - 1) / Block * Block;
                Array.Resize(ref table, checked(wanted * headDim));
                RotaryTable.Fill(angles, known, wanted - known, table.AsSpan(known * headDim));
                _tables[angles] = table;
            }

            return table.AsSpan(first * headDim, count * headDim);
        }
    }
}
