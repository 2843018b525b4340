using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Flightc.IR;

namespace Flightc.Packing;

/// <summary>A row of the embedding table: docs/memory.md §4.</summary>
public static class TableRow
{
    private const int ScaleBytes = sizeof(float);
    private const int Alignment = 4;

    /// <summary>Bytes of a row without padding: S, a byte per group's multiplier, the codes.</summary>
    public static long Bytes(QuantizedFormat format, long columns) =>
        ScaleBytes + format.GroupsIn(columns) + (((columns * format.Bits) + 7) / 8);

    /// <summary>Bytes between rows; a multiple of 4.</summary>
    public static long Pitch(QuantizedFormat format, long columns) =>
        (Bytes(format, columns) + Alignment - 1) / Alignment * Alignment;

    /// <summary>Writes a row of a matrix. What follows its codes becomes 0.</summary>
    /// <param name="matrix">The table.</param>
    /// <param name="row">Number of the row.</param>
    /// <param name="destination">At least <see cref="Bytes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(QuantizedMatrix matrix, int row, Span<byte> destination)
    {
        int bits = matrix.Format.Bits;
        destination.Clear();
        BinaryPrimitives.WriteSingleLittleEndian(destination, matrix.RowScales[row]);
        matrix.Multipliers.AsSpan(row * matrix.Groups, matrix.Groups).CopyTo(destination[ScaleBytes..]);
        BitWriter writer = new(destination[(ScaleBytes + matrix.Groups)..]);
        foreach (sbyte code in matrix.Codes.AsSpan(row * matrix.Columns, matrix.Columns))
        {
            writer.Append(code, bits);
        }

        int last = (int)((long)matrix.Columns * bits % 8);
        if (last > 0)
        {
            writer.Append(0, 8 - last);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="format">Of the table.</param>
    /// <param name="source">At least <see cref="Bytes"/> of as many columns as <paramref name="codes"/> has.</param>
    /// <param name="codes">(columns), receives the codes.</param>
    /// <param name="multipliers">(groups), receives the multipliers, unchecked.</param>
    /// <returns>S, unchecked.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Read(QuantizedFormat format, ReadOnlySpan<byte> source, Span<sbyte> codes, Span<byte> multipliers)
    {
        int groups = format.GroupsIn(codes.Length);
        source.Slice(ScaleBytes, groups).CopyTo(multipliers);
        BitReader reader = new(source[(ScaleBytes + groups)..]);
        for (int k = 0; k < codes.Length; k++)
        {
            codes[k] = reader.NextCode(format.Bits);
        }

        return BinaryPrimitives.ReadSingleLittleEndian(source);
    }
}
