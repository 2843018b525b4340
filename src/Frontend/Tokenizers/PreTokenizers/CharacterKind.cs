namespace Flightc.Tokenizers;

/// <summary>The classes that the word patterns distinguish.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Neither of the others: <c>[^\s\p{L}\p{N}]</c>.</summary>
    Other,

    /// <summary><c>\p{L}</c></summary>
    Letter,

    /// <summary><c>\p{N}</c></summary>
    Number,

    /// <summary><c>\s</c>: White_Space, line breaks included.</summary>
    Space,
}
