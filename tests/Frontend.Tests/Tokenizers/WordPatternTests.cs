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

    // Letters, numbers and marks of several scripts and every way to part words, all inside the basic plane.
    private const string Alphabet = "aszLRevdtm'''   \t\n\r\u00A0\u3000019\u0967\u2167\u00BD.,!-_\u0301\u0915\u094D漢字éЖ\u200B";

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama3)]
    [InlineData(Qwen2)]
    public void Inside_the_basic_plane_a_scanner_cuts_as_its_regular_expression(string expression)
    {
        Regex oracle = new(expression, RegexOptions.CultureInvariant);
        WordPattern pattern = WordPattern.Find(expression)!;
        Random random = new(7);
        for (int trial = 0; trial < 20_000; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            Assert.Equal(oracle.Matches(text).Select(match => match.Value), Cut(pattern, text));
        }
    }

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
