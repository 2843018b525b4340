using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Texts;

/// <summary>Records joined one behind the other and cut into whole windows, for what shows at long contexts only.</summary>
public static class JoinedRecords
{
    /// <summary>Joins and cuts.</summary>
    /// <param name="records">Each with what begins it, as when it stands alone.</param>
    /// <param name="tokenizer">The model's; may be null where records are ids.</param>
    /// <param name="window">Tokens of a window.</param>
    /// <returns>Records of ids, all of that length; each has the location of the record in which it begins. Tokens that are
    /// left over at the end are dropped.</returns>
    /// <exception cref="CompilationException">There is not one whole window, or a record is text and there is no tokenizer
    /// (FLC1302).</exception>
    public static IEnumerable<TextRecord> Of(IEnumerable<TextRecord> records, Tokenizer? tokenizer, int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        int[] ids = new int[window];
        int filled = 0;
        bool any = false;
        string location = "";
        foreach (TextRecord record in records)
        {
            ReadOnlyMemory<int> left = record.Encode(tokenizer);
            while (!left.IsEmpty)
            {
                location = filled == 0 ? record.Location : location;
                int taken = Math.Min(left.Length, window - filled);
                left.Span[..taken].CopyTo(ids.AsSpan(filled));
                filled += taken;
                left = left[taken..];
                if (filled == window)
                {
                    any = true;
                    yield return new TextRecord(null, [.. ids], location);
                    filled = 0;
                }
            }
        }

        if (!any)
        {
            throw new CompilationException(
                Codes.TextInvalid, $"all records together have {filled} tokens; joined to windows, at least {window} are wanted", location,
                "give more text, or leave out --join");
        }
    }
}
