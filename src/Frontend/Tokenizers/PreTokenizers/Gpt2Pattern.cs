namespace Flightc.Tokenizers;

/// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></summary>
internal sealed class Gpt2Pattern : WordPattern
{
    public override int MatchEnd(ReadOnlySpan<char> text, int start)
    {
        int contraction = ContractionLength(text, start, ignoreCase: false);
        if (contraction > 0)
        {
            return start + contraction;
        }

        int body = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        CharacterKind kind = CharacterClass.At(text, body, out _);
        return kind == CharacterKind.Space
            ? SpaceEnd(text, start, CharacterClass.RunEnd(text, start, kind))
            : CharacterClass.RunEnd(text, body, kind);
    }
}
