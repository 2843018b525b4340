using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>The codes, multipliers and scales of a matrix while they are being chosen.</summary>
/// <remarks>The value of an element is <c>S[n] · m[n,g] · c[n,k]</c>, as in <see cref="QuantizedMatrix"/>.</remarks>
internal sealed class CodeGrid
{
    /// <summary>Weights that a word of <see cref="Kept"/> tells of.</summary>
    public const int Run = 16;

    /// <param name="rows">N</param>
    /// <param name="columns">K</param>
    /// <param name="format">Bits, groups and sparsity.</param>
    public CodeGrid(int rows, int columns, QuantizedFormat format)
    {
        (Rows, Columns, Format, Groups) = (rows, columns, format, format.GroupsIn(columns));
        Runs = (columns + Run - 1) / Run;
        Codes = new sbyte[(long)rows * columns];
        Multipliers = new byte[(long)rows * Groups];
        Scales = new float[rows];
        Kept = new ushort[(long)rows * Runs];
        Array.Fill(Kept, ushort.MaxValue);
    }

    private CodeGrid(CodeGrid other)
    {
        (Rows, Columns, Format, Groups, Runs) = (other.Rows, other.Columns, other.Format, other.Groups, other.Runs);
        (Codes, Multipliers) = ((sbyte[])other.Codes.Clone(), (byte[])other.Multipliers.Clone());
        (Scales, Kept) = ((float[])other.Scales.Clone(), (ushort[])other.Kept.Clone());
    }

    /// <summary>N</summary>
    public int Rows { get; }

    /// <summary>K</summary>
    public int Columns { get; }

    /// <summary>Bits, groups and sparsity.</summary>
    public QuantizedFormat Format { get; }

    /// <summary>Groups in a row.</summary>
    public int Groups { get; }

    /// <summary>Runs of 16 columns in a row; the last may be short.</summary>
    public int Runs { get; }

    /// <summary>The least code.</summary>
    public int MinCode => -(1 << (Format.Bits - 1));

    /// <summary>The largest code.</summary>
    public int MaxCode => (1 << (Format.Bits - 1)) - 1;

    /// <summary>c, (N, K)</summary>
    public sbyte[] Codes { get; }

    /// <summary>m, (N, groups)</summary>
    public byte[] Multipliers { get; }

    /// <summary>S, (N)</summary>
    public float[] Scales { get; }

    /// <summary>(N, runs): bit i is whether column i of the run is kept; codes of others are 0.</summary>
    public ushort[] Kept { get; }

    /// <summary>Whether an element is kept.</summary>
    public bool IsKept(int row, int column) => (Kept[(row * Runs) + (column / Run)] >> (column % Run) & 1) != 0;

    /// <summary>The step between neighbouring values of a group.</summary>
    public float StepOf(int row, int group) => Scales[row] * Multipliers[(row * Groups) + group];

    /// <summary>Writes the values of a row, (K).</summary>
    public void ReadRow(int row, Span<float> values)
    {
        for (int group = 0; group < Groups; group++)
        {
            float step = StepOf(row, group);
            int end = Math.Min(Columns, (group + 1) * Format.GroupSize);
            for (int k = group * Format.GroupSize; k < end; k++)
            {
                values[k] = step * Codes[(row * Columns) + k];
            }
        }
    }

    /// <summary>The largest Σ|c·m| of a row.</summary>
    public long LargestProduct()
    {
        long largest = 0;
        for (int row = 0; row < Rows; row++)
        {
            long sum = 0;
            for (int k = 0; k < Columns; k++)
            {
                sum += Math.Abs(Codes[(row * Columns) + k] * Multipliers[(row * Groups) + (k / Format.GroupSize)]);
            }

            largest = Math.Max(largest, sum);
        }

        return largest;
    }

    /// <summary>A copy that further choices leave alone.</summary>
    public CodeGrid Copy() => new(this);

    /// <summary>The finished matrix; a group whose codes are all 0 has multiplier 0.</summary>
    /// <param name="exponent">Power of two by which the weights were divided before.</param>
    public QuantizedMatrix Finish(int exponent)
    {
        for (int row = 0; row < Rows; row++)
        {
            Scales[row] = Format.ScaleFrom(MathF.ScaleB(Scales[row], exponent));
            for (int group = 0; group < Groups; group++)
            {
                int start = group * Format.GroupSize;
                int length = Math.Min(Columns - start, Format.GroupSize);
                if (!Codes.AsSpan((row * Columns) + start, length).ContainsAnyExcept((sbyte)0))
                {
                    Multipliers[(row * Groups) + group] = 0;
                }
                else if (StepOf(row, group) == 0)
                {
                    Codes.AsSpan((row * Columns) + start, length).Clear();
                    Multipliers[(row * Groups) + group] = 0;
                }
            }
        }

        return new QuantizedMatrix(Rows, Columns, Format, Codes, Multipliers, Scales);
    }
}
