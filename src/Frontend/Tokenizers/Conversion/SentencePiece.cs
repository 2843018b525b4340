namespace Flightc.Tokenizers;

/// <summary>What a piece of a SentencePiece model is; the numbers are those of the published format.</summary>
internal enum PieceKind
{
    /// <summary>Text that is found by the model.</summary>
    Normal = 1,

    /// <summary>Stands for what has no piece.</summary>
    Unknown = 2,

    /// <summary>A control symbol, which no text contains.</summary>
    Control = 3,

    /// <summary>Text that is always a piece of its own.</summary>
    UserDefined = 4,

    /// <summary>A piece that the model does not use.</summary>
    Unused = 5,

    /// <summary>A byte of text that has no piece.</summary>
    Byte = 6,
}

/// <summary>One piece of a SentencePiece model; its place in the list is its id.</summary>
/// <param name="Text">Not empty; spaces are U+2581 as a rule.</param>
/// <param name="Score">The logarithm of its probability; in byte-pair models the larger joins first.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct SentencePiece(string Text, float Score, PieceKind Kind);
