using System.Text;

namespace Flightc.Tokenizers;

/// <summary>Turns ids into text one at a time, as a model generates them.</summary>
/// <remarks>
/// All that <see cref="Push"/> and <see cref="Flush"/> return, joined, equals <see cref="Tokenizer.Decode"/>
/// of all ids. No part ends within a character. One stream serves one text and one thread.
/// </remarks>
public sealed class TokenStream
{
    private readonly Tokenizer _tokenizer;
    private readonly DecoderPipeline _decoders;
    private readonly bool _skipSpecial;

    internal TokenStream(Tokenizer tokenizer, DecoderPipeline decoders, bool skipSpecial)
    {
        _tokenizer = tokenizer;
        _decoders = decoders;
        _skipSpecial = skipSpecial;
    }

    /// <summary>The text that this id makes certain; empty while a character is incomplete.</summary>
    /// <param name="id">A token; an id that is none adds nothing.</param>
    public string Push(int id) =>
        _tokenizer.TryTokenOf(id) is not string token || (_skipSpecial && _tokenizer.IsSpecial(id))
            ? ""
            : _decoders.Push(token);

    /// <summary>
    /// What was held back; an incomplete character becomes U+FFFD. The stream is then at its end.
    /// </summary>
    public string Flush() => _decoders.Flush();

    internal string PushAll(ReadOnlySpan<int> ids)
    {
        StringBuilder text = new();
        foreach (int id in ids)
        {
            text.Append(Push(id));
        }

        return text.Append(Flush()).ToString();
    }
}
