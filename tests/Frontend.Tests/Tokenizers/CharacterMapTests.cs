using System.Buffers.Binary;
using Flightc.Diagnostics;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class CharacterMapTests
{
    private static readonly (string, string)[] Entries =
        [("\uFF21", "A"), ("\uFF22", "B"), ("e\u0301", "\u00E9"), ("\uFB01", "fi"), ("\u200B", ""), ("\t", " "), ("ab", "1"), ("abc", "2")];

    [Theory]
    [InlineData("\uFF21\uFF22C", "ABC")]
    [InlineData("cafe\u0301s", "caf\u00E9s")]
    [InlineData("\uFB01n\u200Bd\te", "find e")]
    [InlineData("abcab a", "21 a")]
    [InlineData("\u65E5\U0001F600", "\u65E5\U0001F600")]
    [InlineData("", "")]
    public void The_longest_entry_at_each_place_is_replaced(string text, string wanted) =>
        Assert.Equal(wanted, new CharacterMapNormalizer(new CharacterMap(DoubleArray.Build(Entries), "map")).Normalize(text));

    [Fact]
    public void A_tokenizer_file_can_hold_a_map()
    {
        string map = Convert.ToBase64String(DoubleArray.Build(Entries));
        SmallTokenizer small = SmallTokenizer.OfCharacters("ABfi").Set("normalizer", $$"""{"type":"Precompiled","precompiled_charsmap":"{{map}}"}""");
        Assert.Equal("A|f|i|B", small.Spell("\uFF21\uFB01\uFF22"));
    }

    [Fact]
    public void Runs_of_spaces_are_replaced_where_the_published_expressions_say_so()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("a _").Set("normalizer", """
            {"type":"Sequence","normalizers":[
              {"type":"Replace","pattern":{"Regex":"\\A +"},"content":""},
              {"type":"Replace","pattern":{"Regex":" +\\z"},"content":"_"},
              {"type":"Replace","pattern":{"Regex":" {2,}"},"content":"_"}]}
            """);
        Assert.Equal("a| |a|_|a|_", small.Spell("  a a   a "));
        Assert.Equal("a", small.Spell("a"));
    }

    [Fact]
    public void Damaged_maps_are_refused_or_read_but_never_left()
    {
        byte[] intact = DoubleArray.Build(Entries);
        Random random = new(17);
        for (int trial = 0; trial < 3000; trial++)
        {
            byte[] damaged = [.. intact];
            for (int change = random.Next(1, 9); change > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                new CharacterMapNormalizer(new CharacterMap(damaged.AsSpan(0, trial % 3 == 0 ? random.Next(damaged.Length) : damaged.Length), "map"))
                    .Normalize("abc \uFF21e\u0301\0\uFB01");
            }
            catch (CompilationException error)
            {
                Assert.Equal(Codes.TokenizerInvalid, error.Diagnostics[0].Code);
            }
        }
    }

    [Fact]
    public void A_replacement_without_end_is_refused()
    {
        byte[] map = [.. DoubleArray.Build(("a", "b"))[..^2], .. Enumerable.Repeat((byte)'b', 1000)];
        Assert.Equal(BinaryPrimitives.ReadInt32LittleEndian(map), map.Length - 4 - 1000);
        CompilationException error = Assert.Throws<CompilationException>(() => new CharacterMapNormalizer(new CharacterMap(map, "map")).Normalize("a"));
        Assert.Contains("a replacement of more than", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }
}
