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
