namespace Flightc.Tokenizers;

/// <summary>What counts of a SentencePiece model file. The values here are the format's defaults.</summary>
internal sealed class SentencePieceModel
{
    /// <summary>The pieces by id.</summary>
    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>Whether pieces join by byte-pair encoding; otherwise the model is a unigram one.</summary>
    public bool IsBytePair { get; set; }

    /// <summary>Whether what has no piece is spelled in bytes.</summary>
    public bool HasByteFallback { get; set; }

    /// <summary>The name of the piece that begins a sequence.</summary>
    public string BeginPiece { get; set; } = "<s>";

    /// <summary>The name of the piece that ends one.</summary>
    public string EndPiece { get; set; } = "</s>";

    /// <summary>The compiled character map; empty where characters stay as they are.</summary>
    public byte[] CharacterMap { get; set; } = [];

    /// <summary>Whether a space is put before a text.</summary>
    public bool AddsPrefix { get; set; } = true;

    /// <summary>Whether spaces at the ends vanish and runs of them become one.</summary>
    public bool RemovesExtraSpaces { get; set; } = true;

    /// <summary>Whether spaces become U+2581.</summary>
    public bool EscapesSpaces { get; set; } = true;
}
