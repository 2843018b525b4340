using System.Globalization;

namespace Flightc.Calibration;

/// <summary>Where statistics came from: one run over one text.</summary>
/// <param name="TextHash">SHA-256 of the windows' token ids, lower-case hex.</param>
/// <param name="Tokens">Tokens in all windows.</param>
/// <param name="Windows">Number of windows.</param>
/// <param name="Length">Tokens of the longest window.</param>
/// <param name="Seed">Of the drawn tokens.</param>
/// <param name="Draws">Tokens drawn at every position; 0 for no pass backwards.</param>
public sealed record CalibrationPart(string TextHash, long Tokens, int Windows, int Length, ulong Seed, int Draws)
{
    /// <summary>The form in files: <c>text=… tokens=… windows=… length=… seed=… draws=…</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"text={TextHash} tokens={Tokens} windows={Windows} length={Length} seed={Seed} draws={Draws}");

    /// <summary>Reads the form in files.</summary>
    /// <param name="text">As <see cref="ToString"/> writes it, and nothing else.</param>
    /// <param name="part">What it says.</param>
    public static bool TryParse(string text, out CalibrationPart part)
    {
        FieldReader fields = new(text, "text", "tokens", "windows", "length", "seed", "draws");
        part = new CalibrationPart(
            fields.Text(0), fields.Long(1), fields.Whole(2), fields.Whole(3), fields.Unsigned(4), fields.Whole(5));

        // Whatever was not understood is missing when it is written again.
        return part is { TextHash.Length: 64, Tokens: > 0, Windows: > 0, Length: > 0, Draws: >= 0 } && part.ToString() == text;
    }
}
