using Flightc.Tokenizers;

namespace Flightc.Texts;

/// <summary>A record of a text file: text or token ids.</summary>
/// <param name="Text">The text; null where the record is ids.</param>
/// <param name="Ids">Token ids, none negative; null where the record is text.</param>
/// <param name="Location"><c>file</c> or <c>file:line</c>, for messages.</param>
public sealed record TextRecord(string? Text, int[]? Ids, string Location)
{
    /// <summary>
    /// The ids of the record: as they stand, or those that begin a sequence and then those of the text.
    /// </summary>
    /// <param name="tokenizer">The model's; may be null where records are ids.</param>
    /// <exception cref="Diagnostics.CompilationException">The record is text, and there is no tokenizer
    /// (FLC1302).</exception>
    public int[] Encode(Tokenizer? tokenizer)
    {
        if (Ids is not null)
        {
            return Ids;
        }

        // The end of a record is not scored: what a post-processor puts there is left out.
        return tokenizer is null
            ? throw new Diagnostics.CompilationException(
                Diagnostics.Codes.TextInvalid, "the record is text, and the model has no tokenizer", Location,
                "use records of the form {\"ids\": [...]}")
            : [.. tokenizer.BeginIds, .. tokenizer.Encode(Text!, addSpecialTokens: false)];
    }
}
