using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class AddedTokenTests
{
    [Fact]
    public void The_longest_token_at_the_leftmost_place_wins()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("ab<>").AddToken(10, "<a").AddToken(11, "<a>b").AddToken(12, "a>");
        Assert.Equal("<a>b|b", small.Spell("<a>bb"));
        Assert.Equal("<a|>|a", small.Spell("<a>a"));
        Assert.Equal("a>|<a", small.Spell("a><a"));
    }

    [Theory]
    [InlineData("", "a| |<x>| |b")]
    [InlineData("lstrip", "a|<x>| |b")]
    [InlineData("rstrip", "a| |<x>|b")]
    [InlineData("lstrip rstrip", "a|<x>|b")]
    public void A_token_takes_white_space_along_where_it_says_so(string flags, string wanted) =>
        Assert.Equal(wanted, SmallTokenizer.OfCharacters("ab ").AddToken(10, "<x>", flags).Spell("a <x> b"));

    [Fact]
    public void Two_tokens_do_not_take_the_same_white_space()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("ab ").AddToken(10, "<x>", "lstrip rstrip");
        Assert.Equal("<x>|<x>|a", small.Spell("  <x>  <x>  a"));
    }

    [Fact]
    public void A_single_word_token_is_not_found_inside_words()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("abxé \U00010400").AddToken(10, "ab", "single_word");
        Assert.Equal("ab| |ab", small.Spell("ab ab"));
        Assert.Equal("x|a|b| |a|b|é| |ab", small.Spell("xab abé ab"));
        Assert.Equal("a|b|\U00010400", small.Spell("ab\U00010400"));
        Assert.Equal("\U00010400|a|b", small.Spell("\U00010400ab"));
    }

    [Fact]
    public void Special_tokens_are_text_where_they_are_not_parsed()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("ab<>").AddToken(10, "<a>", "special").AddToken(11, "<b>");
        Assert.Equal("<a>|<b>", small.Spell("<a><b>"));
        Assert.Equal("<|a|>|<b>", small.Spell("<a><b>", parseSpecialTokens: false));
    }

    [Fact]
    public void A_normalized_token_is_found_in_normalised_text_and_another_only_as_it_is_written()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("abyz").Set("normalizer", """{"type":"Lowercase"}""")
            .AddToken(10, "XY", "normalized").AddToken(11, "ZZ");
        Assert.Equal("a|XY|XY|b", small.Spell("AxyXYB"));
        Assert.Equal("ZZ|z|z", small.Spell("ZZzz"));
    }

    [Fact]
    public void Text_on_both_sides_of_a_token_is_normalised_by_itself()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("ab_").Set("normalizer", """{"type":"Prepend","prepend":"_"}""").AddToken(10, "<x>");
        Assert.Equal("_|a|<x>|_|b|<x>", small.Spell("a<x>b<x>"));
    }

    [Fact]
    public void Special_tokens_are_left_out_of_text_unless_wanted()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("ab").AddToken(10, "<x>", "special").AddToken(11, "<y>").Build();
        Assert.Equal("a<y>b", tokenizer.Decode([0, 10, 11, 1]));
        Assert.Equal("a<x><y>b", tokenizer.Decode([0, 10, 11, 1], skipSpecial: false));
    }
}
