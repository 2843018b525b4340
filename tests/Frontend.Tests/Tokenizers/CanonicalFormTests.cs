using System.Globalization;
using System.Text;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class CanonicalFormTests
{
    private static readonly string Fixture =
        Path.Combine(TestData.Repository, "tests", "Frontend.Tests", "Tokenizers", "canonical-forms.txt");

    [Fact]
    public void Every_line_of_the_fixture_has_its_composed_and_decomposed_form()
    {
        CanonicalNormalizer composed = new(compose: true);
        CanonicalNormalizer decomposed = new(compose: false);
        int lines = 0;
        foreach (string line in File.ReadLines(Fixture).Where(line => line[0] != '#'))
        {
            string[] forms = line.Split(';');
            string source = Text(forms[0]);
            Assert.True(Text(forms[1]) == composed.Normalize(source), $"NFC of {line}");
            Assert.True(Text(forms[2]) == decomposed.Normalize(source), $"NFD of {line}");
            Assert.True(Text(forms[1]) == composed.Normalize(Text(forms[2])), $"NFC of the NFD of {line}");
            lines++;
        }

        Assert.True(lines > 3000, $"the fixture has only {lines} lines");
    }

    [Fact]
    public void Text_without_marks_is_returned_as_it_is()
    {
        string text = "Za\u00FC\u0237 = 1";
        Assert.Same(text, new CanonicalNormalizer(compose: true).Normalize(text));
    }

    // Sorting them in quadratic time would take hours.
    [Fact]
    public void A_million_marks_in_the_wrong_order_are_sorted()
    {
        string marks = string.Concat(Enumerable.Repeat("\u0345\u0323", 500_000));
        string text = new CanonicalNormalizer(compose: true).Normalize("q" + marks);
        Assert.Equal("q" + new string('\u0323', 500_000) + new string('\u0345', 500_000), text);
    }

    [Fact]
    public void A_tokenizer_that_asks_for_nfc_sees_composed_text()
    {
        SmallTokenizer small = SmallTokenizer.OfCharacters("e\u00E9\u0301\uAC01").Set("normalizer", """{"type":"NFC"}""");
        Assert.Equal("\u00E9|e|\uAC01", small.Spell("e\u0301e\u1100\u1161\u11A8"));
    }

    private static string Text(string codePoints)
    {
        StringBuilder text = new();
        foreach (string point in codePoints.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            text.Append(char.ConvertFromUtf32(int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        }

        return text.ToString();
    }
}
