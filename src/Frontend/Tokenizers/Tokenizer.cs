using System.Globalization;
using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Turns text into token ids and back, as the <c>tokenizer.json</c> of a checkpoint says.</summary>
/// <remarks>
/// The published layout and behaviour are followed: added tokens, normalizer, pre-tokenizer, byte-pair or
/// unigram model, post-processor, decoder. Instances are immutable and may be used from many threads at once.
/// </remarks>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenMatcher _literal;
    private readonly AddedTokenMatcher _normalized;
    private readonly HashSet<int> _special;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _literal = new(parts.AddedTokens.Where(t => !t.IsNormalized).Select(t => (t.Content, t)));
        // Such a token is looked for in normalised text, so what is looked for is normalised too.
        _normalized = new(
            parts.AddedTokens.Where(t => t.IsNormalized).Select(t => (parts.Normalizer.Normalize(t.Content), t)));
        _special = [.. parts.AddedTokens.Where(t => t.IsSpecial).Select(t => t.Id)];
    }

    /// <summary>One more than the largest id. A model's embedding may have more rows, never fewer.</summary>
    public int VocabularySize => _parts.Vocabulary.Size;

    /// <summary>
    /// The ids that the post-processor puts before a text: as a rule the beginning-of-sequence id, or none.
    /// </summary>
    public IReadOnlyList<int> BeginIds => _parts.Template.Before;

    /// <summary>The ids that the post-processor puts after a text.</summary>
    public IReadOnlyList<int> EndIds => _parts.Template.After;

    /// <summary>Reads a checkpoint's tokenizer.</summary>
    /// <param name="path">
    /// A <c>tokenizer.json</c>, a SentencePiece <c>.model</c>, a <c>.tiktoken</c> file; a folder that holds one of
    /// them, or <c>vocab.json</c> and <c>merges.txt</c>.
    /// </param>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.FileNotReadable"/> or <see cref="Codes.TokenizerInvalid"/>.
    /// </exception>
    public static Tokenizer Load(string path) => FromJson(ReadJson(path), TokenizerFiles.Locate(path));

    /// <summary>
    /// The bytes of the <c>tokenizer.json</c> that <see cref="Load"/> would read; where a folder has other files
    /// instead, an equivalent one made of them, the same bytes every time.
    /// </summary>
    /// <exception cref="CompilationException">As <see cref="Load"/>.</exception>
    public static byte[] ReadJson(string path) => TokenizerFiles.Read(path);

    /// <summary>The files that <see cref="Load"/> takes of a folder; empty where it has no tokenizer.</summary>
    public static IReadOnlyList<string> FilesOf(string folder) => TokenizerFiles.Find(folder);

    /// <summary>Reads a <c>tokenizer.json</c> from memory.</summary>
    /// <param name="utf8">The file's bytes; not referenced afterwards.</param>
    /// <param name="location">How diagnostics name it.</param>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.TokenizerInvalid"/>: what is wrong and where.
    /// </exception>
    public static Tokenizer FromJson(ReadOnlySpan<byte> utf8, string location) =>
        TokenizerReader.Read(utf8, location);

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether to add <see cref="BeginIds"/> and <see cref="EndIds"/>.</param>
    /// <param name="parseSpecialTokens">
    /// Whether special tokens written out in the text become their ids. Pass false for text from strangers.
    /// </param>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.TokenizerInvalid"/>: the file's normalizers blow the text up.
    /// </exception>
    public int[] Encode(string text, bool addSpecialTokens = true, bool parseSpecialTokens = true)
    {
        text = WellFormed(text);
        List<int> ids = new((text.Length / 3) + 8);
        if (addSpecialTokens)
        {
            ids.AddRange(BeginIds);
        }

        EncodingMemory memory = new();
        List<ReadOnlyMemory<char>> words = [];
        foreach ((AddedToken? token, int start, int end) in _literal.Split(text, parseSpecialTokens))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }

            string piece = _parts.Normalizer.Normalize(text[start..end]);
            EncodeNormalized(piece, isFirst: start == 0, parseSpecialTokens, memory, words, ids);
        }

        if (addSpecialTokens)
        {
            ids.AddRange(EndIds);
        }

        return [.. ids];
    }

    /// <summary>
    /// The text of ids. An id that is no token adds nothing: models may have more rows than tokens.
    /// </summary>
    /// <param name="ids">Any ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => CreateStream(skipSpecial).PushAll(ids);

    /// <summary>Begins to decode ids one at a time.</summary>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    public TokenStream CreateStream(bool skipSpecial = true) =>
        new(this, new DecoderPipeline(_parts.Decoders(), _parts.Location), skipSpecial);

    /// <summary>
    /// The id of a token as the vocabulary spells it (a byte-level one spells a space U+0120); null for none.
    /// </summary>
    public int? IdOf(string token) => _parts.Vocabulary.IdOf(token);

    /// <summary>A token as the vocabulary spells it.</summary>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.TokenOutOfRange"/>: the id is no token.
    /// </exception>
    public string TokenOf(int id) => TryTokenOf(id) ?? throw new CompilationException(
        Codes.TokenOutOfRange,
        string.Create(
            CultureInfo.InvariantCulture, $"the id {id} is no token; ids lie from 0 to {VocabularySize - 1}"),
        _parts.Location);

    /// <summary>As <see cref="TokenOf"/>, but null where the id is no token.</summary>
    public string? TryTokenOf(int id) => _parts.Vocabulary.TokenOf(id);

    /// <summary>Whether the id is a control token, such as the beginning or the end of a sequence.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    private void EncodeNormalized(
        string text,
        bool isFirst,
        bool parseSpecialTokens,
        EncodingMemory memory,
        List<ReadOnlyMemory<char>> words,
        List<int> ids)
    {
        foreach ((AddedToken? token, int start, int end) in _normalized.Split(text, parseSpecialTokens))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }

            words.Clear();
            _parts.PreTokenizer.Split(text.AsMemory(start, end - start), isFirst && start == 0, words);
            foreach (ReadOnlyMemory<char> word in words)
            {
                _parts.Model.Encode(word.Span, memory, ids);
            }
        }
    }

    private static string WellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            }
        }

        return text;
    }
}
