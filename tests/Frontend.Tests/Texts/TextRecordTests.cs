using System.Text;
using Flightc.Diagnostics;
using Flightc.Texts;
using Flightc.Tokenizers;

namespace Flightc.Tests;

public sealed class TextRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_plain_file_is_one_record()
    {
        TextRecord record = Assert.Single(TextRecords.Read(File("a.txt", "\uFEFFone\r\ntwo\n\nthree")));
        Assert.Equal("one\r\ntwo\n\nthree", record.Text);
        Assert.Null(record.Ids);
    }

    [Fact]
    public void Lines_are_records_and_ids_win()
    {
        TextRecord[] records = [.. TextRecords.Read(File("a.JSONL", "\uFEFF{\"text\":\"a\\nb\"}\r\n\n  \r\n{\"text\":\"x\",\"ids\":[3,0,7],\"n\":1}\n{\"ids\":null,\"text\":\"é\"}"))];
        Assert.Equal(["a\nb", null, "é"], records.Select(r => r.Text));
        Assert.Equal([3, 0, 7], records[1].Ids!);
        Assert.Equal(["1", "4", "5"], records.Select(r => r.Location.Split(':')[^1]));
    }

    [Fact]
    public void Lines_of_any_length_are_cut_where_they_end()
    {
        int[] lengths = [0, 1, 65_534, 65_535, 65_536, 65_537, 200_000, 3, 131_072, 500_000, 2];
        string file = File("a.jsonl", string.Concat(lengths.Select((n, i) => $"{{\"text\":\"{new string((char)('a' + i), n)}\"}}\n")));
        Assert.Equal(lengths.Select((n, i) => new string((char)('a' + i), n)), TextRecords.Read(file).Select(r => r.Text));
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n\n{\"text\":3}", ":3", "'text' is 3")]
    [InlineData("{\"text\":\"a\"}\n[1]", ":2", "a list")]
    [InlineData("{\"other\":\"a\"}", ":1", "neither")]
    [InlineData("{\"ids\":[1,-1]}", ":1", "entry 1 of 'ids' is -1")]
    [InlineData("{\"ids\":[1.5]}", ":1", "entry 0 of 'ids' is 1.5")]
    [InlineData("{\"ids\":[4294967296]}", ":1", "entry 0")]
    [InlineData("{\"ids\":[\"1\"]}", ":1", "a string")]
    [InlineData("{\"ids\":{}}", ":1", "an object")]
    [InlineData("{\"text\":\"a\"", ":1", "JSON")]
    [InlineData("{\"text\":\"a\"} {\"text\":\"b\"}", ":1", "JSON")]
    [InlineData("{\"text\":\"a\",\"text\":\"b\"}", ":1", "JSON")]
    [InlineData("{\"text\":\"\\ud800\"}", ":1", "surrogate")]
    [InlineData("\n \n", "", "no records")]
    public void A_line_that_is_no_record_is_refused_with_its_place(string text, string place, string message)
    {
        string path = File("a.jsonl", text);
        CompilationException error = Assert.Throws<CompilationException>(() => TextRecords.Read(path).ToArray());
        Diagnostic diagnostic = Assert.Single(error.Diagnostics);
        Assert.Equal(Codes.TextInvalid, diagnostic.Code);
        Assert.Equal(path + place, diagnostic.Location);
        Assert.Contains(message, diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt", "ab\ncd\n\xFFx", ":3")]
    [InlineData("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"\xC3\"}", ":2")]
    public void Text_that_is_not_utf8_is_refused_with_its_line(string name, string latin1, string place)
    {
        string path = _folder[name];
        System.IO.File.WriteAllBytes(path, Encoding.Latin1.GetBytes(latin1));
        CompilationException error = Assert.Throws<CompilationException>(() => TextRecords.Read(path).ToArray());
        Assert.Equal(Codes.TextInvalid, error.Diagnostics[0].Code);
        Assert.Equal(path + place, error.Diagnostics[0].Location);
    }

    [Fact]
    public void A_missing_file_is_known_before_the_first_record()
    {
        CompilationException error = Assert.Throws<CompilationException>(() => TextRecords.Read(_folder["none.jsonl"]));
        Assert.Equal(Codes.FileNotReadable, error.Diagnostics[0].Code);
        error = Assert.Throws<CompilationException>(() => TextRecords.Read(_folder.Root));
        Assert.Equal(Codes.FileNotReadable, error.Diagnostics[0].Code);
    }

    [Fact]
    public void Text_begins_with_what_the_tokenizer_puts_there_and_ids_do_not()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestData.Stories);
        int[] ids = new TextRecord("once upon a time", null, "").Encode(tokenizer);
        Assert.Equal(tokenizer.BeginIds, ids[..tokenizer.BeginIds.Count]);
        Assert.Equal("once upon a time", tokenizer.Decode(ids));
        Assert.Equal([7, 8], new TextRecord(null, [7, 8], "").Encode(tokenizer));
        Assert.Throws<CompilationException>(() => new TextRecord("a", null, "").Encode(null));
    }

    public void Dispose() => _folder.Dispose();

    private string File(string name, string text)
    {
        string path = _folder[name];
        System.IO.File.WriteAllText(path, text, new UTF8Encoding(false));
        return path;
    }
}
