using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Makes a <c>tokenizer.json</c> of a SentencePiece model file and what describes it.</summary>
/// <remarks>
/// Control symbols and user-defined ones become added tokens. <c>tokenizer_config.json</c> adds further tokens, says
/// whether a text begins and ends with one, and with <c>legacy: false</c> that only its very start gets a space.
/// </remarks>
internal sealed class SentencePieceConversion(string folder, string modelFile)
{
    private const char Mark = '\u2581';

    private readonly SentencePieceModel _model = SentencePieceFile.Read(modelFile);
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>The same bytes for the same files.</summary>
    /// <exception cref="CompilationException">FLC1001, FLC1301.</exception>
    public byte[] ToJson()
    {
        using TokenizerSettings settings = new(folder);
        IndexPieces();
        bool addsPrefix = settings.Flag("add_prefix_space") ?? _model.AddsPrefix;
        bool onlyFirst = addsPrefix && _model.EscapesSpaces && settings.Flag("legacy") == false;
        SortedDictionary<int, AddedToken> added = ReadAddedTokens(settings, addsPrefix);
        bool begins = settings.Flag("add_bos_token") ?? BeginsByDefault(settings);
        return ComponentWriter.WriteFile(json =>
        {
            ComponentWriter.WriteAddedTokens(json, added.Values);
            WriteNormalizer(json, addsPrefix && !onlyFirst, _model.EscapesSpaces && !onlyFirst);
            WritePreTokenizer(json, onlyFirst);
            ComponentWriter.WriteTemplate(
                json,
                begin: settings.TemplateToken(begins, "bos_token", added, _model.BeginPiece),
                end: settings.TemplateToken(settings.Flag("add_eos_token") ?? false, "eos_token", added, _model.EndPiece));
            WriteDecoder(json, addsPrefix);
            WriteModel(json);
        });
    }

    private bool BeginsByDefault(TokenizerSettings settings) =>
        _ids.ContainsKey(settings.TokenOf("bos_token") ?? _model.BeginPiece)
        && (!settings.HasConfig || settings.BuildsTemplate);

    private void IndexPieces()
    {
        for (int id = 0; id < _model.Pieces.Count; id++)
        {
            if (!_ids.TryAdd(_model.Pieces[id].Text, id))
            {
                string text = _model.Pieces[id].Text;
                throw new CompilationException(
                    Codes.TokenizerInvalid, $"the pieces {_ids[text]} and {id} are both '{text}'", modelFile,
                    "take the file from its source again");
            }
        }
    }

    private SortedDictionary<int, AddedToken> ReadAddedTokens(TokenizerSettings settings, bool addsPrefix)
    {
        SortedDictionary<int, AddedToken> added = [];
        for (int id = 0; id < _model.Pieces.Count; id++)
        {
            SentencePiece piece = _model.Pieces[id];
            bool isControl = piece.Kind is PieceKind.Control or PieceKind.Unknown;
            if (isControl || piece.Kind == PieceKind.UserDefined)
            {
                // Spaces become marks by normalising, so a piece with marks is looked for behind that.
                bool isNormalized = !isControl && !addsPrefix && piece.Text.Contains(Mark, StringComparison.Ordinal);
                added[id] = new AddedToken(id, piece.Text, isControl, false, false, false, isNormalized);
            }
        }

        settings.AddTo(added, token => _ids.TryGetValue(token, out int id) ? id : null);
        return added;
    }

    private void WriteNormalizer(Utf8JsonWriter json, bool prepends, bool escapes)
    {
        json.WriteStartObject("normalizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        if (_model.CharacterMap.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "Precompiled");
            json.WriteBase64String("precompiled_charsmap", _model.CharacterMap);
            json.WriteEndObject();
        }

        if (_model.RemovesExtraSpaces)
        {
            ComponentWriter.WriteReplace(json, "Regex", @"\A +", "");
            ComponentWriter.WriteReplace(json, "Regex", @" +\z", "");
            ComponentWriter.WriteReplace(json, "Regex", " {2,}", " ");
        }

        if (prepends)
        {
            json.WriteStartObject();
            json.WriteString("type", "Prepend");
            json.WriteString("prepend", escapes ? Mark.ToString() : " ");
            json.WriteEndObject();
        }

        if (escapes)
        {
            ComponentWriter.WriteReplace(json, "String", " ", Mark.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, bool onlyFirst)
    {
        if (!onlyFirst)
        {
            json.WriteNull("pre_tokenizer");
            return;
        }

        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", Mark.ToString());
        json.WriteString("prepend_scheme", "first");
        json.WriteBoolean("split", false);
        json.WriteEndObject();
    }

    private void WriteDecoder(Utf8JsonWriter json, bool addsPrefix)
    {
        json.WriteStartObject("decoder");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("decoders");
        if (_model.EscapesSpaces)
        {
            ComponentWriter.WriteReplace(json, "String", Mark.ToString(), " ");
        }

        json.WriteRawValue("""{"type":"ByteFallback"}""");
        json.WriteRawValue("""{"type":"Fuse"}""");
        if (addsPrefix)
        {
            json.WriteRawValue("""{"type":"Strip","content":" ","start":1,"stop":0}""");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter json)
    {
        int unknown = _model.Pieces.FindIndex(piece => piece.Kind == PieceKind.Unknown);
        json.WriteStartObject("model");
        if (_model.IsBytePair)
        {
            WriteBytePairs(json, unknown);
        }
        else
        {
            WriteUnigram(json, unknown);
        }

        json.WriteBoolean("byte_fallback", _model.HasByteFallback);
        json.WriteEndObject();
    }

    private void WriteBytePairs(Utf8JsonWriter json, int unknown)
    {
        json.WriteString("type", "BPE");
        json.WriteString("unk_token", unknown < 0 ? null : _model.Pieces[unknown].Text);
        json.WriteBoolean("fuse_unk", true);
        json.WriteStartObject("vocab");
        foreach (SentencePiece piece in _model.Pieces)
        {
            json.WriteNumber(piece.Text, _ids[piece.Text]);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        IEnumerable<SentencePiece> joining =
            _model.Pieces.Where(piece => piece.Kind is PieceKind.Normal or PieceKind.UserDefined);
        foreach ((string left, string right) in MergeList.Of(
            joining.Select(piece => (piece.Text, -(double)piece.Score)), joining.Select(piece => piece.Text)))
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private void WriteUnigram(Utf8JsonWriter json, int unknown)
    {
        json.WriteString("type", "Unigram");
        if (unknown >= 0)
        {
            json.WriteNumber("unk_id", unknown);
        }

        json.WriteStartArray("vocab");
        foreach (SentencePiece piece in _model.Pieces)
        {
            json.WriteStartArray();
            json.WriteStringValue(piece.Text);
            json.WriteNumberValue((double)piece.Score);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
