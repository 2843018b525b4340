using System.Globalization;
using System.Text;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class DecodingTests
{
    private const string ByteTokens = """{"a":0,"▁b":1,"▁":2,"<0xE2>":3,"<0x82>":4,"<0xAC>":5,"<0xC3>":6,"<0xA9>":7,"<s>":8,"x▁y▁":9}""";
    private const string SentencePiece = """
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
        {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
        """;

    [Fact]
    public void The_samples_tokens_decode_to_their_bytes()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Stories);
        Dictionary<char, byte> bytes = ByteCharacters();
        Random random = new(1);
        for (int trial = 0; trial < 300; trial++)
        {
            int[] ids = RandomIds(random, tokenizer, 60);
            byte[] wanted = [.. ids.Where(id => !tokenizer.IsSpecial(id)).SelectMany(id => tokenizer.TokenOf(id)).Select(c => bytes[c])];
            AssertDecodes(tokenizer, ids, Encoding.UTF8.GetString(wanted));
        }
    }

    [Fact]
    public void Every_token_of_the_sample_survives_bytes_that_are_no_text()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Stories);
        int[] singleBytes = [.. ByteCharacters().OrderBy(pair => pair.Value).Select(pair => tokenizer.IdOf(pair.Key.ToString())!.Value)];
        Random random = new(2);
        for (int trial = 0; trial < 2000; trial++)
        {
            // Leads, continuations and ASCII in equal parts make every kind of broken sequence.
            byte[] text = [.. Enumerable.Range(0, random.Next(12)).Select(_ => (byte)(random.Next(3) switch
            {
                0 => random.Next(0xC0, 0x100),
                1 => random.Next(0x80, 0xC0),
                _ => random.Next(0x20, 0x7F),
            }))];
            AssertDecodes(tokenizer, [.. text.Select(b => singleBytes[b])], Encoding.UTF8.GetString(text));
        }
    }

    [Theory]
    [InlineData("tokenizers", "llama-2")]
    [InlineData("models", "tinystories-656k")]
    public void Random_ids_of_the_sentencepiece_family_decode_as_the_list_of_tokens_does(string kind, string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider(kind, name));
        Random random = new(3);
        for (int trial = 0; trial < 500; trial++)
        {
            int[] ids = RandomIds(random, tokenizer, 60);
            // Where there are byte tokens, half of all are, so that runs of them are long enough to make characters.
            if (tokenizer.IdOf("<0x00>") is int zero)
            {
                ids = [.. ids.Select(id => random.Next(2) == 0 ? zero + random.Next(256) : id)];
            }

            AssertDecodes(tokenizer, ids, DecodeList(tokenizer, ids));
        }
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-2")]
    [InlineData("qwen3")]
    public void Characters_of_many_bytes_come_out_whole(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider("tokenizers", name));
        string text = "Gr\u00FC\u00DFe \u6F22\u5B57 \U0001F680\U0001F999 \U00010400\U00010401 \U0001D49C \U00020000 e\u0323\u0301x";
        string wanted = name == "qwen3" ? text.Replace("e\u0323\u0301", "\u1EB9\u0301", StringComparison.Ordinal) : text;
        AssertDecodes(tokenizer, tokenizer.Encode(text), wanted);
    }

    [Fact]
    public void A_run_of_bytes_that_is_no_text_becomes_one_replacement_per_byte()
    {
        Tokenizer tokenizer = ByteFallback();
        AssertDecodes(tokenizer, [0, 3, 4, 5, 6, 7, 0], "a\u20AC\u00E9a");
        AssertDecodes(tokenizer, [0, 3, 4, 0], "a\uFFFD\uFFFDa");
        AssertDecodes(tokenizer, [3, 4, 5, 6], "\uFFFD\uFFFD\uFFFD\uFFFD");
    }

    [Fact]
    public void Only_one_space_and_only_at_the_start_is_stripped()
    {
        Tokenizer tokenizer = ByteFallback();
        AssertDecodes(tokenizer, [8, 1, 1], "b b");
        AssertDecodes(tokenizer, [2, 2, 1], "  b");
        AssertDecodes(tokenizer, [0, 1, 9], "a bx y ");
        AssertDecodes(tokenizer, [2], "");
        AssertDecodes(tokenizer, [], "");
    }

    [Fact]
    public void A_byte_level_character_leaves_with_its_last_byte()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("a\u00E2\u0124\u00AC").Set("decoder", """{"type":"ByteLevel"}""").Build();
        TokenStream stream = tokenizer.CreateStream();
        string[] wanted = ["a", "", "", "\u20AC", "a"];
        Assert.Equal(wanted, ((int[])[0, 1, 2, 3, 0]).Select(stream.Push));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void A_byte_level_token_with_other_characters_stands_for_itself()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("a").AddToken(1, "a b\u6F22").Set("decoder", """{"type":"ByteLevel"}""").Build();
        AssertDecodes(tokenizer, [0, 1, 0], "aa b\u6F22a");
    }

    [Fact]
    public void A_file_without_decoder_joins_tokens_by_spaces()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("ab").Set("decoder", "null").Build();
        AssertDecodes(tokenizer, [0, 1, 0], "a b a");
    }

    [Theory]
    [InlineData("always", "bx y  b")]
    [InlineData("never", " bx y  b")]
    public void Metaspace_drops_the_marks_of_the_first_token_where_encoding_adds_one(string scheme, string wanted)
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("a").SetModel("vocab", ByteTokens)
            .Set("decoder", $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}"}""").Build();
        AssertDecodes(tokenizer, [1, 9, 1], wanted);
    }

    [Fact]
    public void Strip_and_replace_work_across_the_parts_of_a_fused_token()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("ab-").Set("decoder", """
            {"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"aab"},"content":"!"},
            {"type":"Strip","content":"-","start":2,"stop":2}]}
            """).Build();
        AssertDecodes(tokenizer, [2, 2, 2, 0, 0, 0, 1, 2, 0, 0, 2, 2, 2], "-a!-aa-");
        AssertDecodes(tokenizer, [0, 0], "aa");
        AssertDecodes(tokenizer, [2, 2, 2], "");
    }

    [Fact]
    public void Strip_without_fuse_works_on_every_token()
    {
        Tokenizer tokenizer = SmallTokenizer.OfCharacters("a").SetModel("vocab", """{"-a-":0,"b--":1}""")
            .Set("decoder", """{"type":"Strip","content":"-","start":1,"stop":1}""").Build();
        AssertDecodes(tokenizer, [0, 1, 0], "ab-a");
    }

    private static Tokenizer ByteFallback() => SmallTokenizer.OfCharacters("a").SetModel("vocab", ByteTokens)
        .AddToken(8, "<s>", "special").Set("decoder", SentencePiece).Build();

    private static void AssertDecodes(Tokenizer tokenizer, int[] ids, string wanted)
    {
        Assert.Equal(wanted, tokenizer.Decode(ids));
        TokenStream stream = tokenizer.CreateStream();
        StringBuilder text = new();
        for (int i = 0; i <= ids.Length; i++)
        {
            string part = i < ids.Length ? stream.Push(ids[i]) : stream.Flush();
            Assert.False(part.Length > 0 && (char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1])), "half a character");
            text.Append(part);
        }

        Assert.Equal(wanted, text.ToString());
    }

    private static int[] RandomIds(Random random, Tokenizer tokenizer, int maximum) =>
        [.. Enumerable.Range(0, random.Next(maximum)).Select(_ => random.Next(tokenizer.VocabularySize))];

    /// <summary>Replace, ByteFallback, Fuse, Strip as functions over the whole list of tokens.</summary>
    private static string DecodeList(Tokenizer tokenizer, int[] ids)
    {
        StringBuilder text = new();
        List<byte> run = [];
        foreach (string token in ids.Where(id => !tokenizer.IsSpecial(id)).Select(tokenizer.TokenOf).Append(""))
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal))
            {
                run.Add(byte.Parse(token.AsSpan(3, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                continue;
            }

            string spelled = Encoding.UTF8.GetString([.. run]);
            bool isValid = Encoding.UTF8.GetBytes(spelled).SequenceEqual(run);
            text.Append(isValid ? spelled : new string('\uFFFD', run.Count)).Append(token.Replace('▁', ' '));
            run.Clear();
        }

        return text.Length > 0 && text[0] == ' ' ? text.ToString(1, text.Length - 1) : text.ToString();
    }

    /// <summary>GPT-2's table: printable Latin-1 stands for itself, the rest counts up from U+0100.</summary>
    private static Dictionary<char, byte> ByteCharacters()
    {
        Dictionary<char, byte> bytes = [];
        int shifted = 0;
        for (int value = 0; value < 256; value++)
        {
            bool isShifted = value <= 0x20 || (value >= 0x7F && value <= 0xA0) || value == 0xAD;
            bytes.Add((char)(isShifted ? 0x100 + shifted++ : value), (byte)value);
        }

        return bytes;
    }
}
