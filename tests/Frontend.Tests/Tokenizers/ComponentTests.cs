using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class ComponentTests
{
    [Fact]
    public void Merges_apply_by_rank_and_then_from_the_left()
    {
        Assert.Equal("a|bc|d", SmallTokenizer.OfCharacters("abcd").Merge("b c", "a b", "c d").Spell("abcd"));
        Assert.Equal("ab|cd", SmallTokenizer.OfCharacters("abcd").Merge("a b", "b c", "c d").Spell("abcd"));
        Assert.Equal("aa|a", SmallTokenizer.OfCharacters("a").Merge("a a").Spell("aaa"));
    }

    [Fact]
    public void Merges_written_as_pairs_are_the_same_merges()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("abc").Merge("a b");
        small.SetModel("merges", """[["a","b"]]""");
        Assert.Equal("ab|c", small.Spell("abc"));
    }

    [Fact]
    public void Of_a_merge_that_is_named_twice_the_last_rank_counts()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("abc").Merge("a b", "b c");
        small.SetModel("merges", """["a b","b c","a b"]""");
        Assert.Equal("a|bc", small.Spell("abc"));
    }

    [Fact]
    public void Where_merges_are_ignored_a_word_that_is_a_token_is_that_token()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("abc").Merge("b c").SetModel("vocab", """{"a":0,"b":1,"c":2,"bc":3,"abc":4}""");
        Assert.Equal("a|bc", small.Spell("abc"));
        Assert.Equal("abc", small.SetModel("ignore_merges", "true").Spell("abc"));
    }

    [Fact]
    public void An_added_token_is_no_word_of_the_model()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("abc").AddToken(3, "abc", "special").SetModel("ignore_merges", "true");
        Assert.Equal("abc", small.Spell("abc"));
        Assert.Equal("a|b|c", small.Spell("abc", parseSpecialTokens: false));
    }

    [Theory]
    [InlineData("false", "a|?|?|?|b")]
    [InlineData("true", "a|?|b")]
    public void Unknown_characters_become_the_unknown_token_fused_or_not(string fuse, string wanted) =>
        Assert.Equal(wanted, SmallTokenizer.OfCharacters("ab?").SetModel("unk_token", "\"?\"").SetModel("fuse_unk", fuse).Spell("axyzb"));

    [Fact]
    public void Without_an_unknown_token_unknown_characters_are_dropped() =>
        Assert.Equal("a|b", SmallTokenizer.OfCharacters("ab").Spell("axb"));

    [Fact]
    public void Byte_fallback_needs_all_bytes_of_a_character()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("a?")
            .SetModel("vocab", """{"a":0,"?":1,"<0xC3>":2,"<0xA9>":3}""")
            .SetModel("unk_token", "\"?\"")
            .SetModel("byte_fallback", "true");
        Assert.Equal("a|<0xC3>|<0xA9>|?", small.Spell("a\u00E9\u00E8"));
    }

    [Theory]
    [InlineData("always", true, "▁a|▁b|<x>|▁c")]
    [InlineData("first", true, "▁a|▁b|<x>|c")]
    [InlineData("never", true, "a|▁b|<x>|c")]
    public void Metaspace_prepends_by_its_scheme(string scheme, bool split, string wanted)
    {
        string json = $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":{{(split ? "true" : "false")}}}""";
        SmallTokenizer small = SmallTokenizer.OfCharacters("abc▁").Merge("▁ a", "▁ b", "▁ c").AddToken(50, "<x>").Set("pre_tokenizer", json);
        Assert.Equal(wanted, small.Spell("a b<x>c"));
    }

    [Fact]
    public void Metaspace_split_keeps_merges_from_crossing_words()
    {
        const string Json = """{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":SPLIT}""";
        SmallTokenizer small = SmallTokenizer.OfCharacters("ab▁").Merge("a ▁");
        Assert.Equal("a|▁|b", small.Set("pre_tokenizer", Json.Replace("SPLIT", "true", StringComparison.Ordinal)).Spell("a b"));
        Assert.Equal("a▁|b", small.Set("pre_tokenizer", Json.Replace("SPLIT", "false", StringComparison.Ordinal)).Spell("a b"));
    }

    [Theory]
    [InlineData("Removed", "a|a|b|b")]
    [InlineData("Isolated", "a|a|-|b|b")]
    [InlineData("MergedWithPrevious", "a|a-|b|b")]
    [InlineData("MergedWithNext", "a|a|-b|b")]
    public void A_delimiter_goes_where_the_behavior_says(string behavior, string wanted)
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("ab-").Merge("a -", "- b")
            .Set("pre_tokenizer", $$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":false}""");
        Assert.Equal(wanted, small.Spell("aa-bb"));
    }

    [Theory]
    [InlineData("true", "a|1|1|a")]
    [InlineData("false", "a|11|a")]
    public void Digits_are_cut_off_and_apart_if_asked(string individual, string wanted)
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("a1").Merge("a 1", "1 1", "1 a")
            .Set("pre_tokenizer", $$"""{"type":"Digits","individual_digits":{{individual}}}""");
        Assert.Equal(wanted, small.Spell("a11a"));
    }

    [Fact]
    public void Normalizers_apply_in_order()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("▁abi\u0307").Set("normalizer", """
            {"type":"Sequence","normalizers":[{"type":"Strip"},{"type":"Lowercase"},{"type":"Prepend","prepend":" "},
            {"type":"Replace","pattern":{"String":" "},"content":"▁"}]}
            """);
        Assert.Equal("▁|a|▁|b|i|\u0307", small.Spell("  A B\u0130\t"));
        Assert.Equal("", small.Spell("   "));
    }

    [Fact]
    public void A_template_puts_its_tokens_around_the_text_only_when_asked()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("abse").Set("post_processor", """
            {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[
            {"SpecialToken":{"id":"s","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"e","type_id":0}}],
            "pair":[],"special_tokens":{"s":{"id":"s","ids":[2],"tokens":["s"]},"e":{"id":"e","ids":[3],"tokens":["e"]}}}]}
            """).Build();
        Assert.Equal((int[])[2, 0, 1, 3], tokenizer.Encode("ab"));
        Assert.Equal((int[])[0, 1], tokenizer.Encode("ab", addSpecialTokens: false));
        Assert.Equal((int[])[2, 3], tokenizer.Encode(""));
        Assert.Equal([2], tokenizer.BeginIds);
        Assert.Equal([3], tokenizer.EndIds);
    }

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("a\uFFFD\U0001F600").Build();
        Assert.Equal((int[])[0, 1, 1, 2], tokenizer.Encode("a\uDE00\uD83D\U0001F600"));
    }

    [Fact]
    public void Ids_and_tokens_name_each_other()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("ab").AddToken(7, "<x>", "special").Build();
        Assert.Equal(8, tokenizer.VocabularySize);
        Assert.Equal(7, tokenizer.IdOf("<x>"));
        Assert.Null(tokenizer.IdOf("c"));
        Assert.Equal("b", tokenizer.TokenOf(1));
        Assert.True(tokenizer.IsSpecial(7));
        Assert.False(tokenizer.IsSpecial(1));
        foreach (int id in (int[])[-1, 3, 8, int.MaxValue])
        {
            Assert.Null(tokenizer.TryTokenOf(id));
            CompilationException error = Assert.Throws<CompilationException>(() => tokenizer.TokenOf(id));
            Assert.Equal(Codes.TokenOutOfRange, error.Diagnostics[0].Code);
        }

        Assert.Equal("ab", tokenizer.Decode([0, 5, -1, 7, 1, 99]));
    }

    [Fact]
    public void The_character_tokenizer_spells_every_character()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider("models", "gpt2-char-shakespeare"));
        string text = File.ReadAllText(TestData.Wider("text", "shakespeare-valid.txt"));
        int[] ids = tokenizer.Encode(text);
        Assert.Equal(text.Length, ids.Length);
        Assert.Equal(text, tokenizer.Decode(ids));
    }
}
