namespace Flightc.Numerics;

/// <summary>
/// The angles of rotary position embedding: binary32 nearest to cos and sin of <c>p · θ^(-2i/r) ÷ divisor</c>, times the magnitude.
/// </summary>
/// <remarks>
/// Only + − × ÷ and FMA on binary64 are used, in pairs that carry about 100 bits, so that every platform
/// makes the same table. Cosine and sine are evaluated at every 64th position and at the 64 offsets between;
/// a position in between follows from the addition theorem. Which anchor and offset a position uses depends
/// on the position alone.
/// </remarks>
public static class RotaryTable
{
    // Positions that share an anchor.
    private const int Stride = 64;

    // The reduction of angles keeps enough bits up to here.
    private const long PositionLimit = 1L << 31;

    /// <summary>Fills rows of a table of heads that are turned whole, by frequencies as they were published.</summary>
    /// <inheritdoc cref="Fill(RotaryAngles, long, int, Span{float})"/>
    public static void Fill(double theta, int headDim, long firstPosition, int count, Span<float> rows) =>
        Fill(new RotaryAngles(theta, headDim), firstPosition, count, rows);

    /// <summary>Fills rows of a table.</summary>
    /// <param name="angles">Without error.</param>
    /// <param name="firstPosition">Position of the first row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="rows">(count, r), r the elements turned: the r/2 cosines of a position, then its r/2 sines, both times the magnitude.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside what is said above, or a position
    /// reaches 2^31.</exception>
    /// <exception cref="ArgumentException"><paramref name="rows"/> has another length.</exception>
    public static unsafe void Fill(RotaryAngles angles, long firstPosition, int count, Span<float> rows)
    {
        if (angles.Error is { } error)
        {
            throw new ArgumentOutOfRangeException(nameof(angles), error);
        }

        int headDim = angles.Dim;
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstPosition, PositionLimit - count);
        if (rows.Length != (long)count * headDim)
        {
            throw new ArgumentException(
                $"{count} rows of {headDim} do not fill {rows.Length} elements", nameof(rows));
        }

        if (count == 0)
        {
            return;
        }

        DoubleDouble[] frequencies = Frequencies(angles);
        // Tables are read by position, then by frequency.
        (DoubleDouble Cos, DoubleDouble Sin)[] offsets = new (DoubleDouble, DoubleDouble)[Stride * frequencies.Length];
        for (int row = 0; row < Math.Min(count, Stride); row++)
        {
            int offset = (int)((firstPosition + row) % Stride);
            FillAngles(frequencies, offset, offsets.AsSpan(offset * frequencies.Length, frequencies.Length));
        }

        long firstBlock = firstPosition / Stride;
        long endBlock = (firstPosition + count - 1) / Stride + 1;
        fixed (float* destination = rows)
        {
            float* table = destination;
            Parallel.For(firstBlock, endBlock, block =>
            {
                (DoubleDouble Cos, DoubleDouble Sin)[] anchor = new (DoubleDouble, DoubleDouble)[frequencies.Length];
                FillAngles(frequencies, block * Stride, anchor);
                long begin = Math.Max(block * Stride, firstPosition);
                long end = Math.Min((block + 1) * Stride, firstPosition + count);
                for (long position = begin; position < end; position++)
                {
                    Span<float> row = new(table + (position - firstPosition) * headDim, headDim);
                    Rotate(
                        anchor,
                        offsets.AsSpan((int)(position % Stride) * frequencies.Length, frequencies.Length),
                        angles.Magnitude, row);
                }
            });
        }
    }

    /// <summary>θ^(-2i/r) ÷ divisor for i = 0 … r/2-1.</summary>
    private static DoubleDouble[] Frequencies(RotaryAngles angles)
    {
        DoubleDouble log = PreciseFunctions.Log(angles.Theta);
        DoubleDouble[] frequencies = new DoubleDouble[angles.Dim / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = PreciseFunctions.Exp(-(log * (2.0 * i) / angles.Dim));
            if (angles.Divisors.Count > 0)
            {
                frequencies[i] /= angles.Divisors[i];
            }
        }

        return frequencies;
    }

    private static void FillAngles(
        DoubleDouble[] frequencies, long position, Span<(DoubleDouble Cos, DoubleDouble Sin)> angles)
    {
        for (int i = 0; i < angles.Length; i++)
        {
            angles[i] = PreciseFunctions.CosSin(frequencies[i] * position);
        }
    }

    private static void Rotate(
        ReadOnlySpan<(DoubleDouble Cos, DoubleDouble Sin)> anchor,
        ReadOnlySpan<(DoubleDouble Cos, DoubleDouble Sin)> offset,
        double magnitude,
        Span<float> row)
    {
        for (int i = 0; i < anchor.Length; i++)
        {
            (DoubleDouble cosA, DoubleDouble sinA) = anchor[i];
            (DoubleDouble cosB, DoubleDouble sinB) = offset[i];
            row[i] = ((cosA * cosB - sinA * sinB) * magnitude).ToSingle();
            row[anchor.Length + i] = ((sinA * cosB + cosA * sinB) * magnitude).ToSingle();
        }
    }
}
