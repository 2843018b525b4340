using System.Text.RegularExpressions;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class WordPatternTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string O200k =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Tekken =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // Letters, numbers and marks of several scripts and every way to part words, all inside the basic plane.
    private const string Alphabet = "aszLRevdtm'''   \t\n\r//\u01C5\u02B0\u00A0\u3000019\u0967\u2167\u00BD.,!-_\u0301\u0915\u094D漢字éЖ\u200B";

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama3)]
    [InlineData(Qwen2)]
    [InlineData(O200k)]
    [InlineData(Tekken)]
    public void Inside_the_basic_plane_a_scanner_cuts_as_its_regular_expression(string expression)
    {
        MustAgree(
            expression, 7, 20_000,
            random => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Alphabet[random.Next(Alphabet.Length)])));
    }

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama3)]
    [InlineData(Qwen2)]
    [InlineData(O200k)]
    [InlineData(Tekken)]
    public void A_scanner_cuts_any_text_of_the_basic_plane_as_its_regular_expression(string expression)
    {
        MustAgree(expression, 11, 10_000, random =>
        {
            char[] text = new char[random.Next(1, 16)];
            for (int i = 0; i < text.Length; i++)
            {
                // Half of them of the first planes of alphabets, where classes alternate most.
                int unit = random.Next(random.Next(2) == 0 ? 0x600 : 0x10000);
                text[i] = char.IsSurrogate((char)unit) ? ' ' : (char)unit;
            }

            return new string(text);
        });
    }

    // Cut by hand after the expression: contractions in either case, numbers by three from the left, a space that leads
    // a word or marks but no number, line breaks after marks, and the last space of a run left to the word behind it.
    [Theory]
    [InlineData("I'LL we'Re don't", "I|'LL| we|'Re| don|'t")]
    [InlineData("1234567 a12b", "123|456|7| a|12|b")]
    [InlineData("x 12", "x| |12")]
    [InlineData("a(b) c--d!!\n\ne", "a|(b|)| c|--|d|!!\n\n|e")]
    [InlineData("a   b\t\tc", "a|  | b|\t|\tc")]
    [InlineData("a \n \n  b ", "a| \n \n| | b| ")]
    [InlineData("$9.99 \u00E9t\u00E9", "$|9|.|99| \u00E9t\u00E9")]
    public void Llama3_cuts_words_as_its_expression_says(string text, string wanted) =>
        Assert.Equal(wanted.Split('|'), Cut(WordPattern.Find(Llama3)!, text));

    [Theory]
    [InlineData("helloWorld HTTPServer iPhone's", "hello|World| HTTPServer| i|Phone's")]
    [InlineData("X's DON'T 1234", "X's| DON'T| |123|4")]
    [InlineData("a//\n/b", "a|//\n/|b")]
    [InlineData("\u00C9A\u304CC", "\u00C9A\u304C|C")]
    public void O200k_cuts_where_lower_case_ends(string text, string wanted) =>
        Assert.Equal(wanted.Split('|'), Cut(WordPattern.Find(O200k)!, text));

    [Theory]
    [InlineData(Gpt2, "\U00010400\U00010401 \U0001D49C\U0001D4B7|\U00020000\U0002A6D6")]
    [InlineData(Llama3, "\U00010400\U00010401 \U0001D49C\U0001D4B7|\U00020000\U0002A6D6")]
    public void Letters_outside_the_basic_plane_are_letters(string expression, string text)
    {
        // Deseret, mathematical alphanumerics, an ideograph of extension B; the bar is a mark, not a letter.
        string[] words = Cut(WordPattern.Find(expression)!, text);
        string[] wanted = expression == Gpt2
            ? ["\U00010400\U00010401", " \U0001D49C\U0001D4B7", "|", "\U00020000\U0002A6D6"]
            : ["\U00010400\U00010401", " \U0001D49C\U0001D4B7", "|\U00020000\U0002A6D6"];
        Assert.Equal(wanted, words);
    }

    [Fact]
    public void Numbers_outside_the_basic_plane_are_counted_by_character()
    {
        string digits = "\U0001D7D8\U0001D7D9\U0001D7DA\U0001D7DB";
        Assert.Equal([digits], Cut(WordPattern.Find(Gpt2)!, digits));
        Assert.Equal([digits[..6], digits[6..]], Cut(WordPattern.Find(Llama3)!, digits));
        Assert.Equal([digits[..2], digits[2..4], digits[4..6], digits[6..]], Cut(WordPattern.Find(Qwen2)!, digits));
    }

    [Fact]
    public void A_long_s_folds_to_s_where_case_is_ignored()
    {
        Assert.Equal(["'\u017F", "x"], Cut(WordPattern.Find(Llama3)!, "'\u017Fx"));
        Assert.Equal(["'", "\u017Fx"], Cut(WordPattern.Find(Gpt2)!, "'\u017Fx"));
    }

    [Fact]
    public void An_unknown_expression_has_no_scanner() => Assert.Null(WordPattern.Find(@"\p{L}+|."));

    private static void MustAgree(string expression, int seed, int trials, Func<Random, string> textOf)
    {
        Regex oracle = new(expression, RegexOptions.CultureInvariant);
        WordPattern pattern = WordPattern.Find(expression)!;
        Random random = new(seed);
        for (int trial = 0; trial < trials; trial++)
        {
            string text = textOf(random);
            Assert.Equal(oracle.Matches(text).Select(match => match.Value), Cut(pattern, text));
        }
    }

    private static string[] Cut(WordPattern pattern, string text)
    {
        List<string> words = [];
        for (int start = 0; start < text.Length;)
        {
            int end = pattern.MatchEnd(text, start);
            words.Add(text[start..end]);
            start = end;
        }

        return [.. words];
    }
}
