namespace Flightc.Tokenizers;

/// <summary>Turns the words that a pre-tokenizer cuts into ids.</summary>
internal interface ITokenModel
{
    /// <summary>Appends the ids of one word.</summary>
    /// <param name="word">Well-formed UTF-16.</param>
    /// <param name="memory">Working memory, not shared between threads.</param>
    /// <param name="ids">Receives the ids.</param>
    void Encode(ReadOnlySpan<char> word, EncodingMemory memory, List<int> ids);
}
