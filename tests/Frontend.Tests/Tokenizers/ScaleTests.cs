using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

/// <summary>Sizes at which anything quadratic would take hours: these tests end, or the run is stopped.</summary>
public sealed class ScaleTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public void A_megabyte_without_word_boundaries_survives_encoding()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Stories);
        AssertRoundTrip(tokenizer, new string('a', Megabyte));
        AssertRoundTrip(tokenizer, string.Concat(Enumerable.Repeat("theandwas", Megabyte / 9)));
        AssertRoundTrip(tokenizer, new string(' ', Megabyte));
        AssertRoundTrip(tokenizer, new string('\n', Megabyte));
    }

    [Theory]
    [InlineData("llama-2")]
    [InlineData("gpt-2")]
    [InlineData("qwen3")]
    public void A_megabyte_of_text_survives_encoding(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider("tokenizers", name));
        AssertRoundTrip(tokenizer, File.ReadAllText(TestData.Wider("text", "wikitext-2-valid.txt")));
        AssertRoundTrip(tokenizer, new string('a', Megabyte));
        AssertRoundTrip(tokenizer, string.Concat(Enumerable.Repeat(" \n", Megabyte / 2)));
        AssertRoundTrip(tokenizer, string.Concat(Enumerable.Repeat("\U0001F680", Megabyte / 4)));
    }

    private static void AssertRoundTrip(Tokenizer tokenizer, string text)
    {
        int[] ids = tokenizer.Encode(text, parseSpecialTokens: false);
        Assert.Equal(text, tokenizer.Decode(ids));
    }
}
