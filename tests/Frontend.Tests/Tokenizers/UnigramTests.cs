using System.Globalization;
using System.Text;
using System.Text.Json;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class UnigramTests
{
    [Fact]
    public void The_likeliest_pieces_win_even_where_a_longer_one_comes_first()
    {
        // abc + d = -9, a + bcd = -4.
        Assert.Equal("a|bcd", Spell("abcd", ("a", -2), ("b", -3), ("c", -3), ("d", -3), ("abc", -6), ("bcd", -2)));
        Assert.Equal("abc|d", Spell("abcd", ("a", -2), ("b", -3), ("c", -3), ("d", -3), ("abc", -2), ("bcd", -4)));
    }

    [Fact]
    public void Of_two_equally_likely_ways_the_one_found_first_is_kept() =>
        Assert.Equal("a|bc", Spell("abc", ("a", -1), ("b", -9), ("c", -1), ("ab", -1), ("bc", -1)));

    [Fact]
    public void A_run_without_pieces_is_one_unknown_token()
    {
        Assert.Equal("a|<unk>|a", Spell("axyza", ("a", -1)));
        Assert.Equal("<unk>", Spell("\U0001F600\U0001F600", ("a", -1)));
    }

    [Fact]
    public void A_piece_with_an_unknown_character_next_to_it_costs_ten_more_than_the_unlikeliest() =>
        // x alone costs 30, which the pair at 29 beats and the one at 31 does not.
        Assert.Equal("ax|<unk>|b", Spell("axxb", ("a", -1), ("b", -20), ("ax", -30)));

    [Fact]
    public void Bytes_spell_what_has_no_piece_where_the_model_says_so()
    {
        List<(string, double)> pieces = [("a", -1), .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", -20.0))];
        Tokenizer tokenizer = Build([.. pieces], byteFallback: true);
        Assert.Equal("a|<0xE2>|<0x82>|<0xAC>|<0x78>|a", string.Join('|', tokenizer.Encode("a\u20ACxa").Select(tokenizer.TokenOf)));
    }

    [Fact]
    public void A_model_without_unknown_token_drops_what_it_does_not_know()
    {
        string json = """{"model":{"type":"Unigram","vocab":[["a",-1],["b",-2]]},"decoder":{"type":"Fuse"}}""";
        Tokenizer tokenizer = Tokenizer.FromJson(Encoding.UTF8.GetBytes(json), "small/tokenizer.json");
        Assert.Equal((int[])[0, 1], tokenizer.Encode("axb"));
    }

    [Fact]
    public void The_search_finds_the_best_of_all_segmentations()
    {
        Random random = new(3);
        for (int trial = 0; trial < 300; trial++)
        {
            Dictionary<string, double> pieces = [];
            foreach (char letter in "abc")
            {
                pieces[letter.ToString()] = -random.Next(1, 1000) / 64.0;
            }

            for (int i = 0; i < 12; i++)
            {
                pieces[Letters(random, random.Next(2, 5))] = -random.Next(1, 1000) / 64.0;
            }

            Tokenizer tokenizer = Build([.. pieces.Select(piece => (piece.Key, piece.Value))]);
            string text = Letters(random, random.Next(1, 11));
            string[] found = [.. tokenizer.Encode(text).Select(tokenizer.TokenOf)];
            Assert.Equal(text, string.Concat(found));
            // Scores are sums of sixty-fourths, which binary64 adds exactly.
            Assert.Equal(Best(text, pieces), found.Sum(piece => pieces[piece]));
        }
    }

    [Fact]
    public void Word_marks_and_their_decoder_bring_a_text_back()
    {
        string json = """
            {"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["\u2581",-3],["\u2581the",-2],["\u2581d",-4],["og",-2],["t",-5],["h",-5],["e",-5]]},
             "pre_tokenizer":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always"},
             "decoder":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always"}}
            """;
        Tokenizer tokenizer = Tokenizer.FromJson(Encoding.UTF8.GetBytes(json), "small/tokenizer.json");
        Assert.Equal((int[])[2, 3, 4], tokenizer.Encode("the dog"));
        Assert.Equal("the dog", tokenizer.Decode([2, 3, 4]));
    }

    // Every place of the text has all pieces as candidates; a search that copied them would take hours.
    [Fact]
    public void A_long_text_of_one_letter_with_pieces_of_all_lengths_is_encoded()
    {
        (string, double)[] pieces = [.. Enumerable.Range(1, 512).Select(length => (new string('a', length), -1.0 - (length / 1024.0)))];
        int[] ids = Build(pieces).Encode(new string('a', 100_000));
        Assert.InRange(ids.Length, 100_000 / 512, (100_000 / 512) + 2);
    }

    [Fact]
    public void A_piece_that_would_make_the_search_slow_is_refused()
    {
        var error = Assert.Throws<Flightc.Diagnostics.CompilationException>(() => Build([(new string('a', 513), -1)]));
        Assert.Contains("has 513 characters", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    private static double Best(string text, Dictionary<string, double> pieces)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        double best = double.NegativeInfinity;
        for (int length = 1; length <= text.Length; length++)
        {
            if (pieces.TryGetValue(text[..length], out double score))
            {
                best = Math.Max(best, score + Best(text[length..], pieces));
            }
        }

        return best;
    }

    private static string Letters(Random random, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => "abc"[random.Next(3)]));

    private static string Spell(string text, params (string Piece, double Score)[] pieces)
    {
        Tokenizer tokenizer = Build(pieces);
        return string.Join('|', tokenizer.Encode(text).Select(tokenizer.TokenOf));
    }

    /// <summary>A model of an unknown token and the pieces given.</summary>
    private static Tokenizer Build((string Piece, double Score)[] pieces, bool byteFallback = false)
    {
        IEnumerable<string> items = pieces.Select(piece => string.Create(
            CultureInfo.InvariantCulture, $"[{JsonSerializer.Serialize(piece.Piece)},{piece.Score}]"));
        string flag = byteFallback ? "true" : "false";
        string json = $$"""{"model":{"type":"Unigram","unk_id":0,"byte_fallback":{{flag}},"vocab":[["<unk>",0.0],{{string.Join(',', items)}}] },"decoder":{"type":"Fuse"} }""";
        return Tokenizer.FromJson(Encoding.UTF8.GetBytes(json), "small/tokenizer.json");
    }
}
