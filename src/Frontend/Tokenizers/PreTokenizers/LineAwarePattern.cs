namespace Flightc.Tokenizers;

/// <summary>
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,k}|
/// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c> with k = 3 (LLaMA 3) or 1 (Qwen 2 and 3).
/// </summary>
internal sealed class LineAwarePattern(int maximumDigits) : WordPattern
{
    public override int MatchEnd(ReadOnlySpan<char> text, int start)
    {
        int contraction = ContractionLength(text, start, ignoreCase: true);
        if (contraction > 0)
        {
            return start + contraction;
        }

        char first = text[start];
        CharacterKind kind = CharacterClass.At(text, start, out int length);
        if (kind == CharacterKind.Number)
        {
            return CharacterClass.RunEnd(text, start, kind, maximumDigits);
        }

        // Any one character but a line break or a number may lead a word.
        int word = kind == CharacterKind.Letter || first is '\r' or '\n' ? start : start + length;
        if (word < text.Length && CharacterClass.At(text, word, out _) == CharacterKind.Letter)
        {
            return CharacterClass.RunEnd(text, word, CharacterKind.Letter);
        }

        int marks = first == ' ' ? start + 1 : start;
        if (marks < text.Length && CharacterClass.At(text, marks, out _) == CharacterKind.Other)
        {
            return LineBreaksEnd(text, CharacterClass.RunEnd(text, marks, CharacterKind.Other));
        }

        return LineAwareSpaceEnd(text, start);
    }

    private static int LineBreaksEnd(ReadOnlySpan<char> text, int position)
    {
        while (position < text.Length && text[position] is '\r' or '\n')
        {
            position++;
        }

        return position;
    }
}
