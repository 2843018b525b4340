using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class SettingsAmendmentTests
{
    private const string WithBegin =
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],"special_tokens":{"<s>":{"ids":[10]}}}""";

    [Fact]
    public void A_file_that_its_configuration_agrees_with_stays_as_it_is()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = Write(folder, """{"tokenizer_class":"LlamaTokenizer","add_bos_token":true,"bos_token":"<s>","added_tokens_decoder":{"10":{"content":"<s>"}}}""");
        Assert.Equal(bytes, Tokenizer.ReadJson(folder.Root));
    }

    [Fact]
    public void Tokens_that_only_the_configuration_describes_are_added()
    {
        using TemporaryFolder folder = new();
        Write(folder, """{"added_tokens_decoder":{"12":{"content":"<x>","special":true,"lstrip":true},"1":{"content":"b"},"0":{"content":"<y>"},"13":{"content":"a"}}}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Root);
        Assert.Equal((int[])[10, 0, 12, 1], tokenizer.Encode("a <x>b"));
        Assert.True(tokenizer.IsSpecial(12));
        // About the ids 0 and 13 the two contradict each other, and tokenizer.json is right.
        Assert.Null(tokenizer.IdOf("<y>"));
        Assert.Equal(0, tokenizer.IdOf("a"));
        Assert.Equal((int[])[10, 0, 12, 1], Tokenizer.FromJson(Tokenizer.ReadJson(folder.Root), "again").Encode("a <x>b"));
    }

    [Theory]
    [InlineData("LlamaTokenizer", "\"add_bos_token\":false", new[] { 0 })]
    [InlineData("LlamaTokenizerFast", "\"add_bos_token\":true,\"add_eos_token\":true", new[] { 10, 0, 11 })]
    [InlineData("GemmaTokenizer", "\"add_eos_token\":true", new[] { 10, 0, 11 })]
    [InlineData("PreTrainedTokenizerFast", "\"add_bos_token\":false", new[] { 10, 0 })]
    [InlineData("LlamaTokenizer", "\"legacy\":true", new[] { 10, 0 })]
    public void The_classes_that_build_their_template_from_switches_obey_them(string kind, string switches, int[] wanted)
    {
        using TemporaryFolder folder = new();
        Write(folder, $$"""{"tokenizer_class":"{{kind}}",{{switches}},"bos_token":"<s>","eos_token":{"content":"</s>"} }""");
        Assert.Equal(wanted, Tokenizer.Load(folder.Root).Encode("a"));
    }

    [Fact]
    public void A_file_that_is_named_itself_is_taken_as_it_is()
    {
        using TemporaryFolder folder = new();
        Write(folder, """{"tokenizer_class":"LlamaTokenizer","add_bos_token":false}""");
        Assert.Equal((int[])[10, 0], Tokenizer.Load(folder["tokenizer.json"]).Encode("a"));
    }

    private static byte[] Write(TemporaryFolder folder, string config)
    {
        byte[] bytes = SmallTokenizer.OfCharacters("ab").Set("post_processor", WithBegin)
            .AddToken(10, "<s>", "special").AddToken(11, "</s>", "special").ToBytes();
        File.WriteAllBytes(folder["tokenizer.json"], bytes);
        folder.Write("tokenizer_config.json", config);
        return bytes;
    }
}
