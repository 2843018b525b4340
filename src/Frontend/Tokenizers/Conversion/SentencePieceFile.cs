using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Reads a SentencePiece model file, as a rule called <c>tokenizer.model</c>.</summary>
/// <remarks>The field numbers are those of sentencepiece_model.proto, as published with SentencePiece.</remarks>
internal static class SentencePieceFile
{
    /// <summary>The byte such a file begins with: field 1, a message.</summary>
    public const byte FirstByte = 0x0A;

    // Bytes. The largest in use have five million.
    private const int MaximumSize = 64 << 20;
    // UTF-16 units. Every cut of a piece is tried where merges are made of it.
    private const int MaximumPieceLength = 256;
    private const int BytePair = 2;
    private const int Unigram = 1;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="CompilationException">FLC1001 or FLC1301.</exception>
    public static SentencePieceModel Read(string path)
    {
        byte[] bytes = InputFile.ReadAll(path, MaximumSize, Codes.TokenizerInvalid);
        SentencePieceModel model = new();
        ProtobufReader reader = new(bytes, path);
        while (reader.TryNext())
        {
            switch (reader.Field)
            {
                case 1:
                    AddPiece(reader.Payload, model, path);
                    break;
                case 2:
                    ReadTrainer(reader.Payload, model, path);
                    break;
                case 3:
                    ReadNormalizer(reader.Payload, model, path);
                    break;
            }
        }

        return model.Pieces.Count > 0 ? model : throw Invalid(path, "the model has no piece");
    }

    private static void AddPiece(ReadOnlySpan<byte> message, SentencePieceModel model, string path)
    {
        string text = "";
        float score = 0;
        int kind = (int)PieceKind.Normal;
        ProtobufReader reader = new(message, path);
        while (reader.TryNext())
        {
            switch (reader.Field)
            {
                case 1:
                    text = Text(reader.Payload, path);
                    break;
                case 2:
                    score = reader.Real;
                    break;
                case 3:
                    kind = reader.Integer;
                    break;
            }
        }

        int id = model.Pieces.Count;
        if (id > Vocabulary.MaximumId)
        {
            throw Invalid(path, $"the model has more than {Vocabulary.MaximumId + 1} pieces");
        }

        if (text.Length is 0 or > MaximumPieceLength || !float.IsFinite(score) || kind is < 1 or > 6)
        {
            throw Invalid(
                path,
                $"piece {id} has {text.Length} characters, the score {score} and the kind {kind}; wanted are 1 to {MaximumPieceLength} characters, a finite score and a kind from 1 to 6");
        }

        if ((PieceKind)kind == PieceKind.Unused)
        {
            throw Invalid(path, $"piece {id} is marked as unused, which is not supported");
        }

        model.Pieces.Add(new SentencePiece(text, score, (PieceKind)kind));
    }

    private static void ReadTrainer(ReadOnlySpan<byte> message, SentencePieceModel model, string path)
    {
        int kind = Unigram;
        ProtobufReader reader = new(message, path);
        while (reader.TryNext())
        {
            switch (reader.Field)
            {
                case 3:
                    kind = reader.Integer;
                    break;
                case 24 when reader.Flag:
                    throw Invalid(path, "spaces end words in this model (treat_whitespace_as_suffix), which is not supported");
                case 35:
                    model.HasByteFallback = reader.Flag;
                    break;
                case 46:
                    model.BeginPiece = Text(reader.Payload, path);
                    break;
                case 47:
                    model.EndPiece = Text(reader.Payload, path);
                    break;
            }
        }

        model.IsBytePair = kind switch
        {
            BytePair => true,
            Unigram => false,
            3 => throw Invalid(path, "the model takes whole words (WORD); supported are BPE and UNIGRAM"),
            4 => throw Invalid(path, "the model takes single characters (CHAR); supported are BPE and UNIGRAM"),
            _ => throw Invalid(path, $"the model is of the unknown kind {kind}; supported are 1 (UNIGRAM) and 2 (BPE)"),
        };
    }

    private static void ReadNormalizer(ReadOnlySpan<byte> message, SentencePieceModel model, string path)
    {
        ProtobufReader reader = new(message, path);
        while (reader.TryNext())
        {
            switch (reader.Field)
            {
                case 2:
                    model.CharacterMap = reader.Payload.ToArray();
                    break;
                case 3:
                    model.AddsPrefix = reader.Flag;
                    break;
                case 4:
                    model.RemovesExtraSpaces = reader.Flag;
                    break;
                case 5:
                    model.EscapesSpaces = reader.Flag;
                    break;
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> utf8, string path)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException exception)
        {
            throw new CompilationException(
                Codes.TokenizerInvalid, "the model has a text that is not UTF-8", path, inner: exception);
        }
    }

    private static CompilationException Invalid(string path, string problem) => new(
        Codes.TokenizerInvalid, problem, path,
        "take the file from its source again, or put the checkpoint's tokenizer.json beside it");
}
