using System.Text.Json.Nodes;
using Flightc.Diagnostics;
using Flightc.Quantised;

namespace Flightc.Tests.Quantised;

/// <summary>Patterns of configurations match as Python's do, and whatever they are, matching ends.</summary>
public sealed class ModulePatternTests
{
    private const string Name = "model.layers.17.self_attn.q_proj";

    [Theory]
    [InlineData(@"model\.layers\.1\d\.", true)]
    [InlineData(@".*\.q_proj$", true)]
    [InlineData(@"q_proj", false)]
    [InlineData(@"^(?!.*mlp).*$", true)]
    [InlineData(@"^(?!.*self_attn).*$", false)]
    public void A_pattern_matches_from_the_beginning_of_a_name(string pattern, bool matches) =>
        Assert.Equal(matches, ModulePattern.OfRegex(pattern)!.Matches(Name));

    [Theory]
    [InlineData("(([a-z_.0-9])+.)+[A-Z]$")]
    [InlineData("(.*)*x")]
    public void Nested_repetitions_take_linear_time(string pattern)
    {
        ModulePattern found = ModulePattern.OfRegex(pattern)!;
        Assert.False(found.Backtracks);
        Assert.False(found.Matches(Name));
    }

    [Fact]
    public void A_pattern_that_takes_too_long_is_an_error_and_no_guess()
    {
        ModulePattern found = ModulePattern.OfRegex("(?!z)(([a-z_.0-9])+.?)+[A-Z]$")!;
        Assert.True(found.Backtracks);
        CompilationException error = Assert.Throws<CompilationException>(() => found.Matches($"{Name}.{new string('a', 40)}"));
        Assert.Equal(Codes.ConfigInvalid, Assert.Single(error.Diagnostics).Code);
    }

    [Fact]
    public void Long_patterns_are_none() => Assert.Null(ModulePattern.OfRegex(new string('(', 600) + new string(')', 600)));

    [Theory]
    [InlineData(17, "(?!{0})x", "look ahead")]
    [InlineData(1025, "x{0}", "1025 patterns")]
    public void Too_many_patterns_are_refused(int count, string pattern, string told)
    {
        JsonObject rules = [];
        for (int i = 0; i < count; i++)
        {
            rules[string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, i)] = new JsonObject { ["bits"] = 4 };
        }

        using TemporaryFolder folder = new();
        Diagnostic found = Assert.Single(
            new CodedModel().MustFail(folder, new JsonObject { ["quant_method"] = "gptq", ["bits"] = 4, ["dynamic"] = rules }.ToJsonString()),
            d => d.Message.Contains(told, StringComparison.Ordinal));
        Assert.Equal(Codes.ConfigInvalid, found.Code);
    }
}
