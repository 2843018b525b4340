using System.Globalization;

namespace Flightc.Models;

/// <summary>How a weight of the Graph, (out, in) for a matrix, is made of a tensor that is stored in another way. Compared by value.</summary>
/// <remarks>
/// In this order: the tensor is turned where it is <see cref="IsTransposed"/>, rows are taken from <see cref="FirstRow"/> on, and of every value v it
/// makes <c>v · Factor + Offset</c>. Vectors have their elements for rows and are never turned.
/// </remarks>
public sealed record TensorTransform
{
    /// <summary>The tensor as it is.</summary>
    public static TensorTransform None { get; } = new();

    /// <summary>Matrices stored (in, out), as GPT-2's are.</summary>
    public static TensorTransform Transposed { get; } = new() { IsTransposed = true };

    /// <summary>Whether a matrix is stored (in, out).</summary>
    public bool IsTransposed { get; init; }

    /// <summary>Where the weight's rows begin in a tensor that holds those of several weights.</summary>
    public long FirstRow { get; init; }

    /// <summary>Rows of the whole tensor; 0 where it has no more than the weight.</summary>
    public long TotalRows { get; init; }

    /// <summary>
    /// Elements of a head whose rotary pairs are stored as neighbours, as the layout of LLaMA's first release has them; 0 where they are stored as
    /// two halves, which is what the Graph turns. Row i of a head is then stored row 2i, row i + half stored row 2i + 1.
    /// </summary>
    public int InterleavedHead { get; init; }

    /// <summary>How many first rows of a head are interleaved; the others stay. At most <see cref="InterleavedHead"/>, even.</summary>
    public int InterleavedRows { get; init; }

    /// <summary>What values are multiplied by, before <see cref="Offset"/> is added; in binary32.</summary>
    public float Factor { get; init; } = 1;

    /// <summary>What is added to values, in binary32: 1 for norms that are stored less one, as Gemma's are.</summary>
    public float Offset { get; init; }

    /// <summary>Whether values change, and with them the element type: it is f32 then.</summary>
    public bool ChangesValues => Factor != 1 || Offset != 0;

    /// <summary>The shape that the tensor must have for a weight of a shape.</summary>
    public IReadOnlyList<long> StoredShape(IReadOnlyList<long> weight)
    {
        long rows = TotalRows == 0 ? weight[0] : TotalRows;
        return weight.Count == 1 ? [rows] : IsTransposed ? [weight[1], rows] : [rows, weight[1]];
    }

    /// <summary>What is done, in a few words, such as <c>transposed, rows 256-511</c>; empty where nothing is.</summary>
    public string Describe(IReadOnlyList<long> weight)
    {
        List<string> parts = [];
        if (IsTransposed && weight.Count == 2)
        {
            parts.Add("transposed");
        }

        if (TotalRows != 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"rows {FirstRow}-{FirstRow + weight[0] - 1}"));
        }

        if (InterleavedHead != 0)
        {
            parts.Add("pairs to halves");
        }

        if (Factor != 1)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"times {Factor}"));
        }

        if (Offset != 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"plus {Offset}"));
        }

        return string.Join(", ", parts);
    }

    /// <summary>The stored row (or column, where the tensor is transposed) that a row of the weight is.</summary>
    internal long StoredRow(long row)
    {
        if (InterleavedHead != 0)
        {
            long within = row % InterleavedHead;
            int half = InterleavedRows / 2;
            if (within < InterleavedRows)
            {
                row = row - within + (within < half ? 2 * within : (2 * (within - half)) + 1);
            }
        }

        return FirstRow + row;
    }
}
