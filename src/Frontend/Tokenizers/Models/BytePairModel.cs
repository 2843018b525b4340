using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Byte-pair encoding over characters: a word becomes one symbol per character, then neighbours join by rank.
/// </summary>
/// <remarks>
/// It serves both families. After a byte-level pre-tokenizer every character is a byte and has a token. In
/// the SentencePiece family a character without a token becomes its UTF-8 bytes (<c>&lt;0x0A&gt;</c>), or the
/// unknown token.
/// </remarks>
internal sealed class BytePairModel : ITokenModel
{
    // Covers ASCII and the byte alphabet.
    private const int DirectLimit = 0x180;
    private const int None = -1;

    private readonly Vocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly int[] _direct = new int[DirectLimit];
    private readonly Dictionary<int, int> _others = [];
    private readonly ByteTokens? _bytes;
    private readonly int? _unknownId;
    private readonly bool _fuseUnknown;
    // By id, whether it is a token of the model itself; null where whole words are not looked up.
    private readonly bool[]? _isOwn;

    /// <param name="vocabulary">
    /// Must hold only the model's own tokens when this is called: added tokens are no symbols.
    /// </param>
    /// <param name="merges">Over ids of the vocabulary.</param>
    /// <param name="unknownId">Stands for what has no token; null drops it.</param>
    /// <param name="fuseUnknown">One unknown token for a run of unknown characters.</param>
    /// <param name="byteFallback">Try the byte tokens before the unknown token.</param>
    /// <param name="ignoreMerges">A word that is a token is that token, whatever the merges say.</param>
    public BytePairModel(
        Vocabulary vocabulary,
        MergeTable merges,
        int? unknownId,
        bool fuseUnknown,
        bool byteFallback,
        bool ignoreMerges)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _unknownId = unknownId;
        _fuseUnknown = fuseUnknown;
        _isOwn = ignoreMerges ? new bool[vocabulary.Size] : null;
        Array.Fill(_direct, None);
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary.TokenOf(id) is string token)
            {
                AddSymbol(token, id);
                _isOwn?[id] = true;
            }
        }

        _bytes = byteFallback ? new ByteTokens(vocabulary) : null;
    }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> word, EncodingMemory memory, List<int> ids)
    {
        if (_isOwn is not null && _vocabulary.IdOf(word) is int whole && whole < _isOwn.Length && _isOwn[whole])
        {
            ids.Add(whole);
            return;
        }

        SymbolChain chain = memory.Chain;
        chain.Clear();
        bool afterUnknown = false;
        for (int position = 0; position < word.Length;)
        {
            Rune.DecodeFromUtf16(word[position..], out Rune rune, out int length);
            position += length;
            int id = SymbolOf(rune.Value);
            if (id != None)
            {
                chain.Add(id);
                afterUnknown = false;
            }
            else if (TryAddBytes(word.Slice(position - length, length), chain))
            {
                afterUnknown = false;
            }
            else if (_unknownId is int unknown)
            {
                if (!afterUnknown || !_fuseUnknown)
                {
                    chain.Add(unknown);
                }

                afterUnknown = true;
            }
        }

        chain.MergeInto(_merges, ids);
    }

    private int SymbolOf(int codePoint) =>
        codePoint < DirectLimit ? _direct[codePoint] : _others.GetValueOrDefault(codePoint, None);

    private bool TryAddBytes(ReadOnlySpan<char> character, SymbolChain chain)
    {
        Span<int> ids = stackalloc int[8];
        if (_bytes is null || !_bytes.TrySpell(character, ids, out int count))
        {
            return false;
        }

        foreach (int id in ids[..count])
        {
            chain.Add(id);
        }

        return true;
    }

    private void AddSymbol(string token, int id)
    {
        Rune.DecodeFromUtf16(token, out Rune rune, out int length);
        if (length == 0 || length != token.Length)
        {
            return;
        }

        if (rune.Value < DirectLimit)
        {
            _direct[rune.Value] = id;
        }
        else
        {
            _others.Add(rune.Value, id);
        }
    }
}
