using Flightc.Diagnostics;
using Flightc.Runtime.Generation;

namespace Flightc.Tests;

public sealed class StopTextTests
{
    [Theory]
    [InlineData("the end.", "one the end. two", "one ", "the end.")]
    [InlineData("aab", "aaaab", "aa", "aab")]
    [InlineData("abab|abc", "ababc", "", "abab")]
    [InlineData("abc|b", "xabc", "xa", "b")]
    [InlineData("bc|abc", "xabc", "x", "abc")]
    [InlineData("aaa", "aaxaa", "aaxaa", null)]
    [InlineData("\n\n", "a\nb\n", "a\nb\n", null)]
    [InlineData("ß|é", "abcé", "abc", "é")]
    public void Text_stops_at_the_first_string_however_it_is_cut(string stops, string text, string expected, string? reached)
    {
        // Every way to cut the text in three, and single characters.
        for (int i = 0; i <= text.Length; i++)
        {
            for (int j = i; j <= text.Length; j++)
            {
                Check([text[..i], text[i..j], text[j..]]);
            }
        }

        Check([.. text.Select(c => c.ToString())]);

        void Check(string[] parts)
        {
            StopText stop = new(stops.Split('|'));
            string passed = string.Concat(parts.Select(stop.Push)) + stop.Flush();
            Assert.Equal(expected, passed);
            Assert.Equal(reached, stop.Reached);
        }
    }

    [Fact]
    public void No_more_is_held_back_than_may_begin_a_stop_string()
    {
        StopText stop = new(["<end>", "<e>"]);
        Assert.Equal("a ", stop.Push("a <"));
        Assert.Equal("", stop.Push("e"));
        Assert.Equal("<ex<", stop.Push("x<<"));
        Assert.Equal("", stop.Push("en"));
        Assert.Equal("<en", stop.Flush());
    }

    [Fact]
    public void An_empty_stop_string_is_refused() =>
        Assert.Equal(Codes.Usage, Assert.Throws<CompilationException>(() => new StopText(["a", ""])).Diagnostics[0].Code);
}
