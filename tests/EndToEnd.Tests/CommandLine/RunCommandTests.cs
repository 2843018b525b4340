using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class RunCommandTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    [Fact]
    public void Text_streams_to_standard_output_and_statistics_to_standard_error()
    {
        CommandRun run = CommandRun.Of("run", stories.Image, "-p", "once upon a time", "-n", "12").Succeeds();
        JsonElement document = CommandRun.Of("run", stories.Image, "-p", "once upon a time", "-n", "12", "--json").Succeeds().Json;
        Assert.Equal(document.GetProperty("text").GetString() + "\n", run.Output);
        Assert.Contains("tokens/s on the emulator", run.Error, StringComparison.Ordinal);
        Assert.Equal(12, document.GetProperty("ids").GetArrayLength());
        Assert.Equal("length", document.GetProperty("stop_reason").GetString());
        Assert.Empty(CommandRun.Of("run", stories.Image, "-n", "2", "-q").Succeeds().Error);
    }

    [Fact]
    public void Emulator_and_interpreter_choose_the_same_tokens()
    {
        string Ids(string device) => CommandRun.Of(
            "run", stories.Image, "--ids", "1,300,400,5", "-n", "6", "--device", device, "--temperature", "1", "--seed", "7", "--json").Succeeds().Json.GetProperty("ids").GetRawText();
        Assert.Equal(Ids("emulator"), Ids("interpreter"));
    }

    [Fact]
    public void A_seed_repeats_a_text_and_another_seed_gives_another()
    {
        string Text(string seed) => CommandRun.Of("run", stories.Image, "-n", "24", "--temperature", "1", "--seed", seed, "-q").Succeeds().Output;
        Assert.Equal(Text("1"), Text("1"));
        Assert.NotEqual(Text("1"), Text("2"));
    }

    [Fact]
    public void A_stop_string_ends_the_text_and_is_not_part_of_it()
    {
        JsonElement run = CommandRun.Of("run", stories.Image, "-n", "40", "--stop", ",", "--stop", "zzzz", "--json").Succeeds().Json;
        Assert.Equal("stop_string", run.GetProperty("stop_reason").GetString());
        Assert.Equal(",", run.GetProperty("stop_string").GetString());
        Assert.DoesNotContain(',', run.GetProperty("text").GetString()!);
    }

    [Fact]
    public void The_context_ends_a_text()
    {
        JsonElement run = CommandRun.Of("run", stories.Image, "-n", "1000", "--temperature", "0", "--json").Succeeds().Json;
        Assert.Contains(run.GetProperty("stop_reason").GetString(), (string[])["context", "end_of_sequence"]);
        Assert.InRange(run.GetProperty("generated_tokens").GetInt32(), 1, 127);
    }

    [Fact]
    public void A_prompt_beyond_the_context_or_the_vocabulary_is_refused()
    {
        CommandRun.Of("run", stories.Image, "--ids", string.Join(',', Enumerable.Repeat("1", 129))).FailsWith(ExitCode.Unsupported, Codes.ContextExceeded);
        CommandRun.Of("run", stories.Image, "--ids", "1024").FailsWith(ExitCode.Unsupported, Codes.TokenOutOfRange);
        CommandRun.Of("run", stories.Image, "--ids", "").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void Options_that_an_image_has_settled_are_not_ignored()
    {
        CommandRun.Of("run", stories.Image, "-t", "tiny").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("run", stories.Image, "-r", "w4").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("run", stories.Image, "--max-length", "64").FailsWith(ExitCode.Usage, Codes.Usage);
    }
}
