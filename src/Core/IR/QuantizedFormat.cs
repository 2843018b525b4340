using System.Globalization;

namespace Flightc.IR;

/// <summary>How a weight is stored: docs/numerics.md §2.</summary>
/// <param name="Bits">Width of a code, 2 … 8.</param>
/// <param name="GroupSize">Columns that share a multiplier: 32, 64 or 128.</param>
/// <param name="Sparsity">How many weights are kept; all where it is not given.</param>
/// <param name="HasShortScales">Whether row scales are values of bfloat16, and stored as such in tiles: half the bytes of scales, which
/// count where rows are short.</param>
public readonly record struct QuantizedFormat(int Bits, int GroupSize, Sparsity Sparsity = default, bool HasShortScales = false)
{
    /// <summary>Which formats there are, in words. A text can name no other sparsity.</summary>
    public const string KnownInWords = "2 to 8 bits in groups of 32, 64 or 128";

    private const string ShortSuffix = "s";

    /// <summary>A row scale as the format can have it: the nearest one, half to even, that is not beyond the largest.</summary>
    public float ScaleFrom(float scale) => HasShortScales ? ShortScale.Nearest(scale) : scale;

    /// <summary>Whether a weight can have it.</summary>
    public bool IsKnown =>
        Bits is >= 2 and <= 8 && GroupSize is 32 or 64 or 128 && Sparsity.IsKnown && Sparsity.Fits(GroupSize);

    /// <summary><see cref="KnownInWords"/>, and what patterns there are where it has one.</summary>
    public string WantedInWords => Sparsity.Pattern.IsEmpty
        ? KnownInWords
        : $"{KnownInWords}, patterns with an entry for each 16 of a group";

    /// <summary>The bits and groups alone: what the header of a weights tile says.</summary>
    public QuantizedFormat AsDense => new(Bits, GroupSize);

    /// <summary>
    /// The number of groups in a row of <paramref name="columns"/> columns; a last one may be short.
    /// </summary>
    public int GroupsIn(long columns) => checked((int)((columns + GroupSize - 1) / GroupSize));

    /// <summary>A format as <see cref="ToString"/> writes it, known or not; null where it is none.</summary>
    public static QuantizedFormat? Parse(string text)
    {
        string[] words = text.Split(' ');
        bool isShort = words[0].EndsWith(ShortSuffix, StringComparison.Ordinal);
        string[] numbers = words[0].TrimEnd(ShortSuffix[0]).Split('g');
        Sparsity? sparsity = words.Length == 1 ? default(Sparsity) : Sparsity.Parse(words[1]);
        return words.Length <= 2 && numbers.Length == 2 && sparsity is { } kept
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int bits)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int group)
            && new QuantizedFormat(bits, group, kept, isShort) is var format && format.ToString() == text
            ? format
            : null;
    }

    /// <summary>The form of all texts: <c>4g64</c>, with short scales <c>4g64s</c>; <c>4g64 8:16</c>, or <c>4g64 16.8.8.4:16</c>.</summary>
    public override string ToString()
    {
        string dense = $"{Bits}g{GroupSize}{(HasShortScales ? ShortSuffix : "")}";
        return Sparsity.IsDense ? dense : $"{dense} {Sparsity}";
    }
}
