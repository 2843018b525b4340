namespace Flightc.Tokenizers;

/// <summary>Cuts normalised text into the words that the model encodes one by one.</summary>
internal interface IPreTokenizer
{
    /// <summary>Appends the words of a piece, in order and none of them empty.</summary>
    /// <param name="piece">Well-formed UTF-16, not empty.</param>
    /// <param name="isFirst">Whether the piece stands at the very start of the text that is encoded.</param>
    /// <param name="words">Receives the words, which may be slices of the piece or new text.</param>
    void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words);
}
