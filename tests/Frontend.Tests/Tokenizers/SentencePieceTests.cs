using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class SentencePieceTests
{
    private const int Unigram = 1;
    private const int BytePair = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int ByteKind = 6;

    [Fact]
    public void A_vocabulary_written_as_a_model_file_gives_the_same_ids()
    {
        string source = TestData.Wider("models", "tinystories-656k");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(source, "tokenizer.json")));
        JsonElement model = json.RootElement.GetProperty("model");
        Dictionary<string, int> rankOf = [];
        foreach (JsonElement merge in model.GetProperty("merges").EnumerateArray())
        {
            string joined = merge.ValueKind == JsonValueKind.String
                ? merge.GetString()!.Replace(" ", "", StringComparison.Ordinal)
                : merge[0].GetString() + merge[1].GetString();
            rankOf.TryAdd(joined, rankOf.Count);
        }

        SentencePieceBytes file = new();
        foreach (JsonProperty token in model.GetProperty("vocab").EnumerateObject().OrderBy(token => token.Value.GetInt32()))
        {
            int kind = token.Name switch
            {
                "<unk>" => 2,
                "<|start_story|>" or "<|end_story|>" => Control,
                _ when token.Name.StartsWith("<0x", StringComparison.Ordinal) => ByteKind,
                _ => 1,
            };
            file.Piece(token.Name, rankOf.TryGetValue(token.Name, out int rank) ? -rank : -1e6f, kind);
        }

        Tokenizer published = Tokenizer.Load(source);
        Tokenizer tokenizer = file.Trainer((3, BytePair), (35, 1)).Normalizer([], (3, 1), (4, 0))
            .Build(("tokenizer_config.json", """{"add_bos_token":true,"bos_token":"<|start_story|>"}"""));
        int lines = 0;
        foreach (string line in File.ReadLines(TestData.Wider("text", "stories-valid.jsonl")))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            string text = record.RootElement.GetProperty("text").GetString()!;
            Assert.Equal(published.Encode(text + " \u00E9\u20AC"), tokenizer.Encode(text + " \u00E9\u20AC"));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            lines++;
        }

        Assert.True(lines > 0, "nothing was compared");
    }

    [Fact]
    public void A_unigram_model_takes_the_likeliest_pieces_and_normalises_as_it_says()
    {
        Tokenizer tokenizer = new SentencePieceBytes()
            .Piece("<unk>", 0, 2).Piece("<s>", 0, Control).Piece("</s>", 0, Control)
            .Piece("\u2581", -3).Piece("\u2581ab", -2).Piece("a", -4).Piece("b", -4).Piece("ba", -3)
            .Trainer((3, Unigram)).Normalizer(DoubleArray.Build(("\uFF41", "a")), (3, 1), (4, 1)).Build();
        Assert.Equal("<s>|\u2581ab|\u2581|ba", Spell(tokenizer, "  \uFF41b    ba  "));
        Assert.Equal("<s>", Spell(tokenizer, "   "));
        Assert.Equal("ab ba", tokenizer.Decode(tokenizer.Encode("ab ba")));
    }

    [Fact]
    public void Without_a_prefix_and_with_extra_spaces_kept_a_text_comes_back_as_it_was()
    {
        Tokenizer tokenizer = new SentencePieceBytes()
            .Piece("<unk>", 0, 2).Piece("<s>", 0, Control).Piece("a", -4).Piece("\u2581", -3)
            .Trainer((3, BytePair)).Normalizer([], (3, 0), (4, 0)).Build();
        Assert.Equal("<s>|\u2581|a|\u2581|\u2581", Spell(tokenizer, " a  "));
        Assert.Equal(" a  ", tokenizer.Decode(tokenizer.Encode(" a  ")));
    }

    [Fact]
    public void User_defined_symbols_stay_whole_whatever_the_scores_say()
    {
        Tokenizer tokenizer = new SentencePieceBytes()
            .Piece("<unk>", 0, 2).Piece("a", -4).Piece("b", -4).Piece("ab", -1).Piece("\u2581", -3)
            .Piece("ba", 0, UserDefined).Piece("\u2581\u2581", 0, UserDefined)
            .Trainer((3, BytePair)).Normalizer([], (3, 0), (4, 0)).Build();
        Assert.Equal("a|ba|b", Spell(tokenizer, "abab"));
        Assert.Equal("a|\u2581\u2581|\u2581|b", Spell(tokenizer, "a   b"));
        Assert.False(tokenizer.IsSpecial(5));
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"LlamaTokenizer"}""", "<s>|\u2581|a")]
    [InlineData("""{"tokenizer_class":"LlamaTokenizer","add_bos_token":false,"add_eos_token":true}""", "\u2581|a|</s>")]
    [InlineData("""{"tokenizer_class":"T5Tokenizer"}""", "\u2581|a")]
    [InlineData("""{"tokenizer_class":"LlamaTokenizer","add_prefix_space":false}""", "<s>|a")]
    [InlineData("""{"add_bos_token":true,"bos_token":{"content":"</s>"}}""", "</s>|\u2581|a")]
    [InlineData("""{"added_tokens_decoder":{"9":{"content":"a","special":false}}}""", "")]
    public void The_configuration_beside_the_model_has_its_say(string config, string wanted)
    {
        SentencePieceBytes file = new SentencePieceBytes()
            .Piece("<unk>", 0, 2).Piece("<s>", 0, Control).Piece("</s>", 0, Control).Piece("a", -4).Piece("\u2581", -3)
            .Trainer((3, BytePair)).Normalizer([], (3, 1), (4, 0));
        if (wanted.Length > 0)
        {
            Assert.Equal(wanted, Spell(file.Build(("tokenizer_config.json", config)), "a"));
            return;
        }

        CompilationException error = Assert.Throws<CompilationException>(() => file.Build(("tokenizer_config.json", config)));
        Assert.Contains("gives 'a' the id 9", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_legacy_behaviour_only_the_start_of_a_text_gets_a_space()
    {
        SentencePieceBytes file = new SentencePieceBytes()
            .Piece("<unk>", 0, 2).Piece("<s>", 0, Control).Piece("a", -4).Piece("\u2581", -3)
            .Trainer((3, BytePair)).Normalizer([], (3, 1), (4, 0));
        string config = """{"tokenizer_class":"LlamaTokenizer","legacy":LEGACY}""";
        Assert.Equal("<s>|\u2581|a|<s>|\u2581|a", Spell(file.Build(("tokenizer_config.json", config.Replace("LEGACY", "true", StringComparison.Ordinal))), "a<s>a"));
        Assert.Equal("<s>|\u2581|a|<s>|a", Spell(file.Build(("tokenizer_config.json", config.Replace("LEGACY", "false", StringComparison.Ordinal))), "a<s>a"));
    }

    [Theory]
    [InlineData(3, "(WORD)")]
    [InlineData(4, "(CHAR)")]
    [InlineData(9, "unknown kind 9")]
    public void Other_kinds_of_models_are_refused_by_name(int kind, string message) =>
        AssertInvalid(new SentencePieceBytes().Piece("a").Trainer((3, kind)).ToBytes(), message);

    [Fact]
    public void What_makes_no_sense_in_a_model_is_named()
    {
        AssertInvalid(new SentencePieceBytes().Piece("a").Trainer((24, 1)).ToBytes(), "treat_whitespace_as_suffix");
        AssertInvalid(new SentencePieceBytes().Piece("a").Piece("a").ToBytes(), "the pieces 0 and 1 are both 'a'");
        AssertInvalid(new SentencePieceBytes().Piece("a", 0, 5).ToBytes(), "marked as unused");
        AssertInvalid(new SentencePieceBytes().Piece("a", float.NaN).ToBytes(), "a finite score");
        AssertInvalid(new SentencePieceBytes().Piece("", 0).ToBytes(), "piece 0 has 0 characters");
        AssertInvalid(new SentencePieceBytes().Piece(new string('a', 257)).ToBytes(), "piece 0 has 257 characters");
        AssertInvalid([0x0A, 0x05, 0x0A], "no SentencePiece model");
        AssertInvalid([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "no SentencePiece model");
    }

    [Fact]
    public void Damaged_models_load_or_are_refused_but_never_fail_otherwise()
    {
        byte[] intact = new SentencePieceBytes()
            .Piece("<unk>", 0, 2).Piece("<s>", 0, Control).Piece("a", -4).Piece("\u2581", -3).Piece("\u2581a", -2)
            .Trainer((3, BytePair), (35, 1)).Normalizer(DoubleArray.Build(("b", "a")), (3, 1), (4, 1)).ToBytes();
        using TemporaryFolder folder = new();
        Random random = new(23);
        int refused = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] damaged = [.. intact];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                damaged[random.Next(1, damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(folder["tokenizer.model"], trial % 4 == 0 ? damaged[..random.Next(1, damaged.Length)] : damaged);
            try
            {
                Tokenizer tokenizer = Tokenizer.Load(folder.Root);
                tokenizer.Decode(tokenizer.Encode("a b\u20AC <s>"));
            }
            catch (CompilationException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 500, 1990);
    }

    private static string Spell(Tokenizer tokenizer, string text) =>
        string.Join('|', tokenizer.Encode(text).Select(tokenizer.TokenOf));

    private static void AssertInvalid(byte[] bytes, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.model"], bytes);
        CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.Load(folder.Root));
        Assert.Equal(Codes.TokenizerInvalid, error.Diagnostics[0].Code);
        Assert.Contains(message, error.Diagnostics[0].Message, StringComparison.Ordinal);
    }
}
