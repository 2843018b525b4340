using System.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

/// <summary>Sizes at which anything quadratic would take hours; the bounds leave room for a busy machine.</summary>
public sealed class ScaleTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public void A_megabyte_without_word_boundaries_is_encoded_in_seconds()
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
    public void A_megabyte_of_text_is_encoded_in_seconds(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider("tokenizers", name));
        AssertRoundTrip(tokenizer, File.ReadAllText(TestData.Wider("text", "wikitext-2-valid.txt")));
        AssertRoundTrip(tokenizer, new string('a', Megabyte));
        AssertRoundTrip(tokenizer, string.Concat(Enumerable.Repeat(" \n", Megabyte / 2)));
        AssertRoundTrip(tokenizer, string.Concat(Enumerable.Repeat("\U0001F680", Megabyte / 4)));
    }

    private static void AssertRoundTrip(Tokenizer tokenizer, string text)
    {
        Stopwatch watch = Stopwatch.StartNew();
        int[] ids = tokenizer.Encode(text, parseSpecialTokens: false);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{text.Length} characters took {watch.Elapsed}");
    }
}
