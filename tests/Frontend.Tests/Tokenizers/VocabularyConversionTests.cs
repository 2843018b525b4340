using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class VocabularyConversionTests
{
    private const string Vocabulary = """{"ab":2,"a":0,"b":1,"<|endoftext|>":3,"\u0120":4}""";
    private const string Merges = "#version: 0.2\na b\n";

    [Fact]
    public void Vocabulary_and_merges_make_a_gpt2_tokenizer()
    {
        using TemporaryFolder folder = Write(("vocab.json", Vocabulary), ("merges.txt", Merges));
        Tokenizer tokenizer = Tokenizer.Load(folder.Root);
        Assert.Equal((int[])[2, 4, 0, 3], tokenizer.Encode("ab a<|endoftext|>"));
        Assert.Equal("ab a", tokenizer.Decode([2, 4, 0, 3]));
        Assert.True(tokenizer.IsSpecial(3));
        Assert.Empty(tokenizer.BeginIds);
    }

    [Fact]
    public void The_bytes_for_an_image_do_not_depend_on_the_order_of_the_file_or_on_line_ends()
    {
        using TemporaryFolder one = Write(("vocab.json", Vocabulary), ("merges.txt", Merges));
        using TemporaryFolder two = Write(
            ("vocab.json", """{"a":0,"b":1,"ab":2,"<|endoftext|>":3,"Ġ":4}"""), ("merges.txt", Merges.Replace("\n", "\r\n", StringComparison.Ordinal)));
        byte[] json = Tokenizer.ReadJson(one.Root);
        Assert.Equal(json, Tokenizer.ReadJson(two.Root));
        Assert.Equal((int[])[2, 4, 0], Tokenizer.FromJson(json, "image").Encode("ab a"));
    }

    [Fact]
    public void The_bytes_of_a_tokenizer_file_are_the_file()
    {
        string file = Path.Combine(TestData.Stories, "tokenizer.json");
        Assert.Equal(File.ReadAllBytes(file), Tokenizer.ReadJson(TestData.Stories));
        Assert.Equal(File.ReadAllBytes(file), Tokenizer.ReadJson(file));
    }

    [Fact]
    public void A_configuration_adds_tokens_and_a_beginning()
    {
        using TemporaryFolder folder = Write(
            ("vocab.json", Vocabulary),
            ("merges.txt", Merges),
            ("added_tokens.json", """{"<x>":5}"""),
            ("special_tokens_map.json", """{"eos_token":{"content":"<y>"}}"""),
            ("tokenizer_config.json", """
                {"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"bos_token":"<|endoftext|>",
                "added_tokens_decoder":{"6":{"content":"<y>","lstrip":true}}}
                """));
        Tokenizer tokenizer = Tokenizer.Load(folder.Root);
        Assert.Equal([3], tokenizer.BeginIds);
        Assert.Equal((int[])[3, 2, 6, 5], tokenizer.Encode("ab <y><x>"));
        Assert.True(tokenizer.IsSpecial(3));
        Assert.True(tokenizer.IsSpecial(6));
        Assert.False(tokenizer.IsSpecial(5));
    }

    [Fact]
    public void Qwen3_finds_its_control_tokens()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider("tokenizers", "qwen3"));
        int[] ids = tokenizer.Encode("<|im_start|>user\nHi<|im_end|>\n<think>");
        Assert.Equal(151644, ids[0]);
        Assert.Contains(151645, ids);
        Assert.Equal(151667, ids[^1]);
        Assert.True(tokenizer.IsSpecial(151644));
        Assert.False(tokenizer.IsSpecial(151667));
        Assert.Equal("user\nHi\n<think>", tokenizer.Decode(ids));
    }

    [Theory]
    [InlineData("vocab.json", "[]", "vocab.json", "wanted an object")]
    [InlineData("vocab.json", """{"a":"x"}""", "vocab.json", "wanted a number")]
    [InlineData("merges.txt", "#version: 0.2\na b\nab\n", "merges.txt:3", "no merge")]
    [InlineData("merges.txt", "a b c\n", "merges.txt:1", "no merge")]
    [InlineData("merges.txt", "a c\n", "vocab.json", "names the token 'c'")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class":"BertTokenizer"}""", "tokenizer_config.json", "'BertTokenizer'")]
    [InlineData("tokenizer_config.json", "[1]", "tokenizer_config.json", "wanted an object")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"x":{"content":"y"}}}""", "tokenizer_config.json", "the key 'x'")]
    [InlineData("tokenizer_config.json", """{"add_bos_token":true,"bos_token":"<q>"}""", "tokenizer_config.json", "'<q>', which the vocabulary lacks")]
    [InlineData("added_tokens.json", """{"<x>":-1}""", "added_tokens.json", "is -1")]
    public void What_is_wrong_is_said_with_the_file_it_is_in(string name, string content, string file, string message)
    {
        using TemporaryFolder folder = Write(("vocab.json", Vocabulary), ("merges.txt", Merges), (name, content));
        Diagnostic diagnostic = Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root)).Diagnostics[0];
        Assert.Equal(Codes.TokenizerInvalid, diagnostic.Code);
        Assert.Equal(folder[file], diagnostic.Location);
        Assert.Contains(message, diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_that_are_not_utf8_are_refused()
    {
        using TemporaryFolder folder = Write(("vocab.json", Vocabulary));
        folder.Write("merges.txt", [0x61, 0x20, 0xFF, 0x0A]);
        Diagnostic diagnostic = Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root)).Diagnostics[0];
        Assert.Equal(folder["merges.txt"], diagnostic.Location);
    }

    private static TemporaryFolder Write(params (string Name, string Content)[] files)
    {
        TemporaryFolder folder = new();
        foreach ((string name, string content) in files)
        {
            folder.Write(name, content);
        }

        return folder;
    }
}
