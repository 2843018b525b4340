using System.Text;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class AttentionMaskFileTests
{
    private const string Valid = """
        {"format": "flightc-attention-masks-1", "block": 64, "blocks": 3, "heads": 2, "layers": [["1/11/111", "1/01/101"]]}
        """;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 2, 8)]
    [InlineData(2, 5, 33)]
    public void Masks_survive_printing_and_reading(int layers, int heads, int blocks)
    {
        RandomNumbers random = new(9);
        AttentionMasks masks = new([.. Enumerable.Range(0, layers).Select(_ => new LayerMask(heads, blocks, (_, _, _) => random.Below(2) == 0))]);
        string text = AttentionMaskFile.Print(masks);
        AttentionMasks read = AttentionMaskFile.Parse(Encoding.UTF8.GetBytes(text), "m");
        Assert.Equal(masks, read);
        Assert.Equal(text, AttentionMaskFile.Print(read));
    }

    [Fact]
    public void A_file_says_what_is_kept()
    {
        AttentionMasks masks = AttentionMaskFile.Parse(Encoding.UTF8.GetBytes(Valid), "m");
        Assert.Equal(6 + 4, masks.Layers[0].Kept(3));
        Assert.False(masks.Layers[0].Keeps(1, 1, 0));
        Assert.True(masks.Layers[0].Keeps(1, 2, 0));
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}", "'format' has to be there")]
    [InlineData("masks-1|masks-2", "'flightc-attention-masks-1' is wanted")]
    [InlineData("\"block\": 64|\"block\": 32", "'block' has to be 64")]
    [InlineData("\"blocks\": 3|\"blocks\": 0", "'blocks' has to be a whole number from 1 to 2048")]
    [InlineData("\"blocks\": 3|\"blocks\": 99999999999", "'blocks' has to be a whole number")]
    [InlineData("\"blocks\": 3|\"blocks\": 2", "has 8 characters; 2 rows of 1 to 2 digits have 4")]
    [InlineData("\"blocks\": 3|\"blocks\": 2048", "has 8 characters")]
    [InlineData("\"heads\": 2|\"heads\": 3", "an array of 3 strings")]
    [InlineData("\"heads\": 2|\"heads\": \"2\"", "'heads' has to be there and a number")]
    [InlineData("\"heads\": 2|\"heads\": 2, \"heads\": 2", "not valid JSON")]
    [InlineData("\"heads\": 2|\"heads\": 2, \"more\": 2", "no key 'more'")]
    [InlineData("1/01/101|1/01/1x1", "row 2 of 'layers[0][1]' is not 3 digits")]
    [InlineData("1/01/101|1/01/100", "hides its last block")]
    [InlineData("1/01/101|0/01/101", "row 0 of 'layers[0][1]' hides its last block")]
    [InlineData("1/01/101|1101/101", "row 0 of 'layers[0][1]' is not 1 digits 0 or 1 with a '/'")]
    [InlineData("\"1/01/101\"|7", "'layers[0][1]' is no string")]
    [InlineData("[[\"1/11/111\", \"1/01/101\"]]|[]", "'layers' has 0 elements")]
    [InlineData("[[\"1/11/111\", \"1/01/101\"]]|[7]", "'layers[0]' has to be an array")]
    [InlineData("[[\"1/11/111\", \"1/01/101\"]]|[[[[[[]]]]]]", "not valid JSON")]
    public void Hostile_files_are_refused_in_words(string change, string message)
    {
        string text = change.Split('|') is [string from, string to] ? Valid.Replace(from, to, StringComparison.Ordinal) : change;
        CompilationException e = Assert.Throws<CompilationException>(() => AttentionMaskFile.Parse(Encoding.UTF8.GetBytes(text), "m.json"));
        Assert.Equal(Codes.ConfigInvalid, e.Diagnostics[0].Code);
        Assert.StartsWith("m.json", e.Diagnostics[0].Location, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        RandomNumbers random = new(4);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Valid);
            for (int change = 0; change < 3; change++)
            {
                bytes[random.Below(bytes.Length)] = (byte)random.Below(256);
            }

            try
            {
                AttentionMaskFile.Parse(bytes, "m");
            }
            catch (CompilationException e)
            {
                Assert.Equal(Codes.ConfigInvalid, e.Diagnostics[0].Code);
            }
        }
    }
}
