using System.Text;
using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class MalformedTokenizerTests
{
    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "the file is a list, wanted an object")]
    [InlineData("{}", "model is missing")]
    [InlineData("""{"model":{"type":"BPE"}}""", "model.vocab is missing")]
    [InlineData("""{"model":{"type":"BPE","vocab":{}}}""", "model.vocab has no token")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0}}}""", "model.merges is missing")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[]}}""", "model.vocab has 0 pieces")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{}}}""", "the model 'WordPiece'")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["a",0],["a",-1]]}}""", "model.vocab[1] gives 'a' the id 1")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["a"]]}}""", "model.vocab[0] is not a pair")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["",0]]}}""", "has 0 characters")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["a",1e999]]}}""", "is 1e999, which is too large")]
    [InlineData("""{"model":{"type":"Unigram","vocab":[["a",0]],"unk_id":1}}""", "model.unk_id is 1")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":[]}} x""", "not valid JSON")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":[],"merges":[]}}""", "not valid JSON")]
    [InlineData("""{"model":{"vocab":{"a":0,"a":1},"merges":[]}}""", "not valid JSON")]
    public void A_file_that_is_no_tokenizer_is_refused(string json, string message) =>
        AssertInvalid(Encoding.UTF8.GetBytes(json), message);

    [Theory]
    [InlineData("vocab", """{"a":-1}""", "model.vocab is -1")]
    [InlineData("vocab", """{"a":4194304}""", "from 0 to 4194303")]
    [InlineData("vocab", """{"a":0.5}""", "is 0.5")]
    [InlineData("vocab", """{"a":"0"}""", "is a string, wanted a number")]
    [InlineData("vocab", """{"a":0,"b":0}""", "gives the id 0 to 'b', but it already belongs to 'a'")]
    [InlineData("merges", """["a x"]""", "model.merges[0] names the token 'x'")]
    [InlineData("merges", """["a b"]""", "names the token 'ab'")]
    [InlineData("merges", """["ab"]""", "is 'ab', wanted two tokens")]
    [InlineData("merges", """["a b c"]""", "is 'a b c', wanted two tokens")]
    [InlineData("merges", """[["a"]]""", "is not a pair")]
    [InlineData("merges", """[["a","b","c"]]""", "is not a pair")]
    [InlineData("merges", """[["","a"]]""", "is not a pair")]
    [InlineData("merges", """[7]""", "is a number, wanted a string")]
    [InlineData("merges", """{}""", "is an object, wanted a list")]
    [InlineData("unk_token", "\"<unk>\"", "is '<unk>', which the vocabulary lacks")]
    [InlineData("fuse_unk", "1", "model.fuse_unk is a number, wanted true or false")]
    [InlineData("end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is '</w>'")]
    public void A_wrong_part_of_the_model_is_named(string member, string json, string message) =>
        AssertInvalid(SmallTokenizer.OfCharacters("ab").SetModel(member, json).ToBytes(), message);

    [Theory]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"?"}""", "normalizer.precompiled_charsmap is not base64")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"/////w=="}""", "the precompiled character map has 4 bytes")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"AAAAAA=="}""", "the precompiled character map has 4 bytes")]
    [InlineData("normalizer", """{"type":"NFKC"}""", "the normalizer 'NFKC'")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Nmt"}]}""", "normalizer.normalizers[1] is the normalizer 'Nmt'")]
    [InlineData("normalizer", """{"type":"Sequence"}""", "normalizer.normalizers is missing")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":""},"content":"x"}""", "has 0 characters")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"(a+)+b"},"content":"x"}""", "the regular expression '(a+)+b'")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":"xxxxxxxxxxxxxxxxx"}""", "wanted 0 to 16")]
    [InlineData("normalizer", "{}", "normalizer.type is missing")]
    [InlineData("pre_tokenizer", """{"type":"BertPreTokenizer"}""", "the pre-tokenizer 'BertPreTokenizer'")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(\\w+)*$"},"behavior":"Isolated"}""", "the regular expression")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"-"},"behavior":"Odd"}""", "is 'Odd'")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"ab"}""", "wanted one character")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"odd"}""", "is 'odd'")]
    [InlineData("post_processor", """{"type":"BertProcessing"}""", "the post-processor 'BertProcessing'")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[],"special_tokens":{}}""", "has no place for the text")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}],"special_tokens":{}}""", "special_tokens.x")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}],"special_tokens":{"x":{"ids":[9]}}}""", "is 9, which is no token")]
    [InlineData("decoder", """{"type":"CTC"}""", "the decoder 'CTC'")]
    [InlineData("decoder", """{"type":"Strip","content":" ","start":-1,"stop":0}""", "decoder.start is -1")]
    [InlineData("decoder", "7", "decoder is a number, wanted an object")]
    [InlineData("added_tokens", """[{"id":0,"content":"b"}]""", "belongs to 'a'")]
    [InlineData("added_tokens", """[{"id":5,"content":"a"}]""", "already has the id 0")]
    [InlineData("added_tokens", """[{"id":5,"content":""}]""", "has 0 characters")]
    [InlineData("added_tokens", """[{"content":"x"}]""", "added_tokens[0].id is missing")]
    public void A_wrong_component_is_named(string component, string json, string message) =>
        AssertInvalid(SmallTokenizer.OfCharacters("ab").Set(component, json).ToBytes(), message);

    [Fact]
    public void Text_that_is_not_unicode_is_refused()
    {
        AssertInvalid("""{"model":{"vocab":{"\ud800":0},"merges":[]}}"""u8.ToArray(), "");
        AssertInvalid("""{"model":{"vocab":{"a":0},"merges":["\udc00 a"]}}"""u8.ToArray(), "not valid Unicode text");
        byte[] bytes = """{"model":{"vocab":{"a":0},"merges":["? a"]}}"""u8.ToArray();
        bytes[Array.IndexOf(bytes, (byte)'?')] = 0xFF;
        AssertInvalid(bytes, "");
    }

    [Fact]
    public void A_syntax_error_has_line_and_column()
    {
        CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.FromJson("{\n  \"a\": ]\n}"u8, "m/tokenizer.json"));
        Assert.Equal("m/tokenizer.json:2:8", error.Diagnostics[0].Location);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 50_000));
        AssertInvalid(Encoding.UTF8.GetBytes($$"""{"normalizer":{{deep}}"""), "not valid JSON");
    }

    [Fact]
    public void More_components_than_any_file_has_are_refused()
    {
        string many = string.Join(',', Enumerable.Repeat("""{"type":"NFC"}""", 65));
        AssertInvalid(
            SmallTokenizer.OfCharacters("ab").Set("normalizer", $$"""{"type":"Sequence","normalizers":[{{many}}]}""").ToBytes(),
            "has 65 components");
    }

    [Fact]
    public void Replacements_that_blow_one_another_up_are_stopped()
    {
        string steps = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaaaaaaaa"}""", 60));
        Tokenizer encoder = SmallTokenizer.OfCharacters("a").Set("normalizer", $$"""{"type":"Sequence","normalizers":[{{steps}}]}""").Build();
        Assert.Equal(Codes.TokenizerInvalid, Assert.Throws<CompilationException>(() => encoder.Encode("a")).Diagnostics[0].Code);
        Tokenizer decoder = SmallTokenizer.OfCharacters("a").Set("decoder", $$"""{"type":"Sequence","decoders":[{{steps}}]}""").Build();
        Assert.Equal(Codes.TokenizerInvalid, Assert.Throws<CompilationException>(() => decoder.Decode([0])).Diagnostics[0].Code);
    }

    [Fact]
    public void Damaged_files_load_or_are_refused_but_never_fail_otherwise()
    {
        byte[] intact = File.ReadAllBytes(Path.Combine(TestData.Stories, "tokenizer.json"));
        Random random = new(5);
        int refused = 0;
        for (int trial = 0; trial < 400; trial++)
        {
            byte[] damaged = [.. intact];
            int changes = random.Next(1, 5);
            // Most of the file is vocabulary; the structure stands in the first two thousand bytes and must be hit as well.
            int reach = trial % 2 == 0 ? damaged.Length : 2000;
            for (int change = 0; change < changes; change++)
            {
                damaged[random.Next(reach)] = (byte)random.Next(256);
            }

            ReadOnlySpan<byte> part = trial % 5 == 0 ? damaged.AsSpan(0, random.Next(damaged.Length)) : damaged;
            refused += Refuses(part) ? 1 : 0;
        }

        Assert.InRange(refused, 100, 400);
    }

    [Fact]
    public void A_missing_file_is_no_tokenizer_error()
    {
        using TemporaryFolder folder = new();
        foreach (string path in (string[])[folder.Root, folder["tokenizer.json"], "\0"])
        {
            CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.Load(path));
            Assert.Equal(Codes.FileNotReadable, error.Diagnostics[0].Code);
        }
    }

    private static bool Refuses(ReadOnlySpan<byte> json)
    {
        try
        {
            Tokenizer tokenizer = Tokenizer.FromJson(json, "damaged/tokenizer.json");
            tokenizer.Decode(tokenizer.Encode("Once upon a time, \u00E9 <s>"));
            return false;
        }
        catch (CompilationException)
        {
            return true;
        }
    }

    private static void AssertInvalid(byte[] json, string message)
    {
        CompilationException error = Assert.Throws<CompilationException>(() => Tokenizer.FromJson(json, "bad/tokenizer.json"));
        Diagnostic diagnostic = Assert.Single(error.Diagnostics);
        Assert.Equal(Codes.TokenizerInvalid, diagnostic.Code);
        Assert.Contains(message, diagnostic.Message, StringComparison.Ordinal);
        Assert.StartsWith("bad/tokenizer.json", diagnostic.Location, StringComparison.Ordinal);
    }
}
