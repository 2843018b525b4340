using System.Text;
using System.Text.Json;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

/// <summary>Ids that others computed: the published vectors, and the records a sample was trained on.</summary>
public sealed class PublishedVectorTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    [Theory]
    [InlineData("llama-2", "tokenizer.json", "llama-spm")]
    [InlineData("llama-2", "tokenizer.model", "llama-spm")]
    [InlineData("gpt-2", "tokenizer.json", "gpt-2")]
    [InlineData("qwen3", "", "qwen2")]
    public void Published_vectors_encode_to_the_published_ids(string folder, string file, string vectors)
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(TestData.Wider("tokenizers", folder), file));
        AssertVectors(tokenizer, vectors);
    }

    [Fact]
    public void Gpt2_from_vocabulary_and_merges_encodes_to_the_published_ids()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["vocab.json", "merges.txt"])
        {
            File.Copy(TestData.Wider("tokenizers", "gpt-2", name), folder[name]);
        }

        AssertVectors(Tokenizer.Load(folder.Root), "gpt-2");
    }

    [Theory]
    [InlineData("gpt-2", "gpt-2", "")]
    [InlineData("qwen3", "qwen2", "\"Qwen2Tokenizer\"")]
    public void A_vocabulary_as_tiktoken_file_encodes_to_the_published_ids(string source, string vectors, string kind)
    {
        using TemporaryFolder folder = new();
        TiktokenBytes.Convert(TestData.Wider("tokenizers", source, "vocab.json"), folder["ranks.tiktoken"]);
        if (kind.Length > 0)
        {
            File.Copy(TestData.Wider("tokenizers", source, "tokenizer_config.json"), folder["tokenizer_config.json"]);
        }

        AssertVectors(Tokenizer.Load(folder.Root), vectors);
        Tokenizer other = Tokenizer.Load(TestData.Wider("tokenizers", source));
        AssertSameIds(other, Tokenizer.Load(folder.Root));
    }

    [Fact]
    public void A_sentence_piece_model_encodes_as_the_tokenizer_json_that_was_published_for_it()
    {
        Tokenizer json = Tokenizer.Load(TestData.Wider("tokenizers", "llama-2", "tokenizer.json"));
        Tokenizer model = Tokenizer.Load(TestData.Wider("tokenizers", "llama-2", "tokenizer.model"));
        AssertSameIds(json, model);
        for (int spaces = 0; spaces < 70; spaces++)
        {
            string text = $"a{new string(' ', spaces)}b";
            Assert.Equal(json.Encode(text), model.Encode(text));
        }

        Assert.Equal(json.BeginIds, model.BeginIds);
        Assert.Equal(json.VocabularySize, model.VocabularySize);
    }

    [Fact]
    public void The_merges_of_a_sentence_piece_model_are_those_that_were_published_for_it()
    {
        byte[] made = Tokenizer.ReadJson(TestData.Wider("tokenizers", "llama-2", "tokenizer.model"));
        using JsonDocument ours = JsonDocument.Parse(made);
        using JsonDocument theirs = JsonDocument.Parse(File.ReadAllBytes(TestData.Wider("tokenizers", "llama-2", "tokenizer.json")));
        string[] wanted = [.. theirs.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(m => m.GetString()!)];
        string[] actual = [.. ours.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(m => $"{m[0].GetString()} {m[1].GetString()}".Replace('\u00A0', ' '))];

        // The published file writes no-break spaces as spaces. Of merges that make the same piece the order has no
        // consequence, and it has another; so has it for runs of spaces, whose scores are equal.
        Assert.Equal(wanted.Select(Joined).Where(HasText), actual.Select(Joined).Where(HasText));
        Assert.Equal(wanted.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));

        static bool HasText(string piece) => piece.AsSpan().IndexOfAnyExcept('\u2581') >= 0;
        static string Joined(string merge) => merge.Replace(" ", "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stories-valid.jsonl")]
    [InlineData("stories-calibration.jsonl")]
    public void Every_record_of_the_stories_has_the_ids_it_was_trained_with(string file)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Stories);
        int end = tokenizer.IdOf("</s>")!.Value;
        int records = 0;
        foreach (string line in File.ReadLines(TestData.Wider("text", file)))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            string text = record.RootElement.GetProperty("text").GetString()!;
            int[] ids = [.. record.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            int[] actual = [.. tokenizer.Encode(text), end];
            Assert.Equal(ids, actual);
            Assert.Equal(text, tokenizer.Decode(ids));
            records++;
        }

        Assert.True(records >= 200, $"only {records} records were compared");
    }

    [Theory]
    [InlineData("llama-2")]
    [InlineData("gpt-2")]
    [InlineData("qwen3")]
    public void Lines_of_wikitext_survive_encoding_and_decoding(string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Wider("tokenizers", folder));
        foreach (string line in File.ReadLines(TestData.Wider("text", "wikitext-2-valid.txt")))
        {
            Assert.Equal(line, tokenizer.Decode(tokenizer.Encode(line, parseSpecialTokens: false)));
        }
    }

    private static void AssertSameIds(Tokenizer wanted, Tokenizer actual)
    {
        int lines = 0;
        foreach (string line in File.ReadLines(TestData.Wider("text", "wikitext-2-valid.txt")))
        {
            Assert.Equal(wanted.Encode(line, parseSpecialTokens: false), actual.Encode(line, parseSpecialTokens: false));
            lines++;
        }

        Assert.True(lines > 1000, $"only {lines} lines were compared");
    }

    private static void AssertVectors(Tokenizer tokenizer, string name)
    {
        string input = ReadLf(TestData.Wider("tokenizers", "vectors", $"ggml-vocab-{name}.gguf.inp"));
        string output = ReadLf(TestData.Wider("tokenizers", "vectors", $"ggml-vocab-{name}.gguf.out"));

        // The last text is empty, and so is its line of ids.
        string[] texts = input.Split(Separator);
        string[] lines = output.Split('\n');
        Assert.Equal(47, texts.Length);
        Assert.Equal(texts.Length, lines.Length);
        for (int i = 0; i < texts.Length; i++)
        {
            int[] expected = [.. lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            int[] actual = tokenizer.Encode(texts[i], addSpecialTokens: false);
            Assert.True(
                expected.SequenceEqual(actual),
                $"vector {i}, {JsonSerializer.Serialize(texts[i])}: wanted {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
        }
    }

    private static string ReadLf(string path) => Encoding.UTF8.GetString(File.ReadAllBytes(path));
}
