using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Flightc.IR;

namespace Flightc.Caching;

/// <summary>A matrix of codes as the payload of an entry, with what was said when it was made.</summary>
/// <remarks>
/// <code>
/// notes        their number, then of each its length and UTF-8; numbers of 32 bits, little-endian like all that follows
/// scales       (rows) binary32
/// multipliers  (rows, groups) bytes
/// codes        (rows · columns), packed in the format's bits
/// </code>
/// Shape and format are those of the key.
/// </remarks>
public static class MatrixEntry
{
    private const int MostNotes = 64, MostNoteBytes = 1 << 12;
    private const int LargestMultiplier = 63;

    // A whole number of runs of codes, so that pieces are packed apart.
    private const int PieceCodes = 1 << 18;

    /// <summary>Writes the payload.</summary>
    public static void Write(Stream to, QuantizedMatrix matrix, IReadOnlyList<string> notes)
    {
        byte[][] texts = [.. notes.Take(MostNotes).Select(n => Encoding.UTF8.GetBytes(n.Length > MostNoteBytes / 4 ? n[..(MostNoteBytes / 4)] : n))];
        WriteNumber(to, texts.Length);
        foreach (byte[] text in texts)
        {
            WriteNumber(to, text.Length);
            to.Write(text);
        }

        WriteScales(to, matrix.RowScales);
        to.Write(matrix.Multipliers);
        int bits = matrix.Format.Bits;
        byte[] packed = new byte[CodePacking.BytesOf(Math.Min(PieceCodes, matrix.Codes.Length), bits)];
        for (int start = 0; start < matrix.Codes.Length; start += PieceCodes)
        {
            ReadOnlySpan<sbyte> codes = matrix.Codes.AsSpan(start, Math.Min(PieceCodes, matrix.Codes.Length - start));
            Span<byte> piece = packed.AsSpan(0, (int)CodePacking.BytesOf(codes.Length, bits));
            CodePacking.Pack(codes, bits, piece);
            to.Write(piece);
        }
    }

    /// <summary>Reads a payload.</summary>
    /// <param name="from">Believed in nothing.</param>
    /// <param name="into">Has the shape and format that are wanted, and receives all numbers; what stands in it after an error has no meaning.</param>
    /// <returns>The notes. The matrix keeps the rules of <see cref="QuantizedMatrix"/> about ranges and sums.</returns>
    /// <exception cref="InvalidDataException">The payload has another length, or numbers that no such matrix has.</exception>
    public static IReadOnlyList<string> Read(EntryReader from, QuantizedMatrix into)
    {
        string[] notes = ReadNotes(from);
        int bits = into.Format.Bits;
        long wanted = ((long)into.Rows * sizeof(float)) + into.Multipliers.LongLength + CodePacking.BytesOf(into.Codes.LongLength, bits);
        long left = from.PayloadBytes - from.Position;
        if (left != wanted)
        {
            throw new InvalidDataException($"{left} bytes follow its notes, and a matrix of ({into.Rows}, {into.Columns}) as {into.Format} has {wanted}");
        }

        ReadScales(from, into.RowScales);
        from.ReadExactly(into.Multipliers);
        if (into.Multipliers.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)LargestMultiplier))
        {
            throw new InvalidDataException($"it has a multiplier above {LargestMultiplier}");
        }

        byte[] packed = new byte[CodePacking.BytesOf(Math.Min(PieceCodes, into.Codes.Length), bits)];
        for (int start = 0; start < into.Codes.Length; start += PieceCodes)
        {
            Span<sbyte> piece = into.Codes.AsSpan(start, Math.Min(PieceCodes, into.Codes.Length - start));
            Span<byte> bytes = packed.AsSpan(0, (int)CodePacking.BytesOf(piece.Length, bits));
            from.ReadExactly(bytes);
            CodePacking.Unpack(bytes, bits, piece);
        }

        RequireExactSums(into);
        return notes;
    }

    private static string[] ReadNotes(EntryReader from)
    {
        int count = ReadNumber(from, MostNotes);
        string[] notes = new string[count];
        for (int i = 0; i < count; i++)
        {
            byte[] text = new byte[ReadNumber(from, MostNoteBytes)];
            from.ReadExactly(text);
            notes[i] = Encoding.UTF8.GetString(text);
        }

        return notes;
    }

    private static void ReadScales(EntryReader from, float[] scales)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(scales.AsSpan());
        from.ReadExactly(bytes);
        for (int i = 0; i < scales.Length; i++)
        {
            scales[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            if (!(float.IsFinite(scales[i]) && scales[i] >= 0))
            {
                throw new InvalidDataException($"it has the row scale {scales[i]}");
            }
        }
    }

    private static void WriteScales(Stream to, float[] scales)
    {
        byte[] bytes = new byte[scales.Length * sizeof(float)];
        for (int i = 0; i < scales.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), scales[i]);
        }

        to.Write(bytes);
    }

    // Σ|c·m|·127 < 2^31 in every row: docs/numerics.md §2. Most shapes cannot break it whatever they hold.
    private static void RequireExactSums(QuantizedMatrix matrix)
    {
        const long limit = 1L << 31;
        const int largestActivation = 127;
        long most = (1L << (matrix.Format.Bits - 1)) * LargestMultiplier * largestActivation * matrix.Columns;
        if (most < limit)
        {
            return;
        }

        ParallelLoopResult rows = Parallel.For(0, matrix.Rows, (row, loop) =>
        {
            long sum = 0;
            for (int group = 0; group < matrix.Groups; group++)
            {
                int first = group * matrix.Format.GroupSize;
                ReadOnlySpan<sbyte> codes = matrix.Codes.AsSpan(
                    (row * matrix.Columns) + first, Math.Min(matrix.Format.GroupSize, matrix.Columns - first));
                int magnitude = 0;
                foreach (sbyte code in codes)
                {
                    magnitude += Math.Abs((int)code);
                }

                sum += (long)magnitude * matrix.Multipliers[(row * matrix.Groups) + group];
            }

            if (sum * largestActivation >= limit)
            {
                loop.Break();
            }
        });
        if (rows.LowestBreakIteration is { } broken)
        {
            throw new InvalidDataException($"the sums of its row {broken} can leave 32 bits");
        }
    }

    private static void WriteNumber(Stream to, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        to.Write(bytes);
    }

    private static int ReadNumber(EntryReader from, int most)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        from.ReadExactly(bytes);
        int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return number >= 0 && number <= most
            ? number
            : throw new InvalidDataException($"it has the number {number} where 0 to {most} is possible");
    }
}
