namespace Flightc.Tokenizers;

/// <summary>
/// A part of the text of one token on its way through the decoders, so that text can leave before all is
/// known.
/// </summary>
/// <param name="Text">The part; may be empty.</param>
/// <param name="StartsToken">Whether it is the first part of its token.</param>
/// <param name="EndsToken">Whether it is the last part of its token.</param>
internal readonly record struct TextChunk(string Text, bool StartsToken, bool EndsToken)
{
    /// <summary>A token in one part.</summary>
    public static TextChunk Whole(string text) => new(text, true, true);
}
