using System.Text;
using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class TiktokenTests
{
    [Fact]
    public void A_file_with_the_ranks_of_llama3_gets_its_words_and_control_tokens()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer.model"], Ranks(128000));
        Tokenizer tokenizer = Tokenizer.Load(folder.Root);
        Assert.Equal((int[])[128000], tokenizer.BeginIds);
        Assert.Equal(128256, tokenizer.VocabularySize);
        Assert.Equal(128006, tokenizer.IdOf("<|start_header_id|>"));
        Assert.Equal(128009, tokenizer.IdOf("<|eot_id|>"));
        Assert.Equal(128255, tokenizer.IdOf("<|reserved_special_token_250|>"));
        Assert.Equal((int[])[128000, 'a', '1', '2', '3', '4', 128009], tokenizer.Encode("a1234<|eot_id|>"));
        Assert.Equal("a1234", tokenizer.Decode(tokenizer.Encode("a1234<|eot_id|>")));
    }

    [Fact]
    public void Tokens_join_by_rank_and_a_word_that_is_a_token_is_that_token()
    {
        using TemporaryFolder folder = new();
        // xyz can be reached by no merge, for neither xy nor yz is a token.
        File.WriteAllText(folder["gpt2.tiktoken"], Ranks(50256, "bc", "ab", "abc", "xyz"));
        Tokenizer tokenizer = Tokenizer.Load(folder.Root);
        // bc goes before ab, and then a before bc, which makes abc.
        Assert.Equal((int[])['x', 258], tokenizer.Encode("xabc"));
        Assert.Equal((int[])['x', 257, 'b'], tokenizer.Encode("xabb"));
        Assert.Equal((int[])[259], tokenizer.Encode("xyz"));
        Assert.Equal((int[])['x', 'y', 'z', 'x'], tokenizer.Encode("xyzx"));
        Assert.Equal((int[])['a', 50256], tokenizer.Encode("a<|endoftext|>"));
    }

    [Fact]
    public void Described_tokens_take_the_place_of_the_known_ones()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["qwen.tiktoken"], Ranks(151643));
        File.WriteAllText(folder["tokenizer_config.json"], """{"added_tokens_decoder":{"151650":{"content":"<|end|>","special":true}},"eos_token":"<|end|>","add_eos_token":true}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Root);
        Assert.Equal((int[])['a', 151650], tokenizer.Encode("a"));
        Assert.Null(tokenizer.IdOf("<|im_start|>"));
        // NFC: the e and its accent are one character, of two bytes.
        Assert.Equal((int[])[0xC3, 0xA9, 151650], tokenizer.Encode("e\u0301"));
    }

    [Theory]
    [InlineData("IQ== 0\nIg==\n", ":2", "the line is no token")]
    [InlineData("IQ= 0\n", ":1", "the line is no token")]
    [InlineData("IQ== -1\n", ":1", "the line is no token")]
    [InlineData("IQ== 0x\n", ":1", "the line is no token")]
    [InlineData("IQ== 0\nIQ== 1\n", "", "stands twice")]
    [InlineData("IQ== 0\nIg== 0\n", "", "stands twice")]
    [InlineData("IQ== 0\n", "", "the byte 0x00 has no token")]
    public void A_wrong_line_is_named(string text, string where, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.tiktoken"], text);
        CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root));
        Assert.Equal(Codes.TokenizerInvalid, error.Diagnostics[0].Code);
        Assert.Contains(message, error.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Equal(folder["a.tiktoken"] + where, error.Diagnostics[0].Location);
    }

    [Fact]
    public void A_file_of_another_size_is_refused_with_the_sizes_that_are_known()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.tiktoken"], Ranks(300));
        CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root));
        Assert.Contains("the file has 300 ranks; known are gpt2 (50256)", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_too_long_to_be_one_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.tiktoken"], TiktokenBytes.Line(new byte[600], 0));
        Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root));
    }

    [Fact]
    public void A_folder_with_mistrals_own_file_says_where_to_go()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tekken.json"], "{}");
        CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root));
        Assert.Contains("tekken.json is not read", error.Diagnostics[0].Help, StringComparison.Ordinal);
    }

    /// <summary>All bytes by their value, then the tokens given, then tokens that no text has.</summary>
    private static string Ranks(int count, params string[] tokens)
    {
        StringBuilder lines = new();
        for (int rank = 0; rank < count; rank++)
        {
            byte[] token = rank < 256 ? [(byte)rank]
                : rank < 256 + tokens.Length ? Encoding.UTF8.GetBytes(tokens[rank - 256])
                : [0, (byte)rank, (byte)(rank >> 8), (byte)(rank >> 16), 0xFF];
            lines.Append(TiktokenBytes.Line(token, rank));
        }

        return lines.ToString();
    }
}
