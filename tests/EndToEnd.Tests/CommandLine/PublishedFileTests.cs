using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>Bare instructions of the published machines on the command line.</summary>
public sealed class PublishedFileTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    private const string U280 = "flightllm-u280-1.3";
    private const string Vhk158 = "flightllm-vhk158";

    /// <summary>A program of the VHK158: a store, and a barrier that waits for it.</summary>
    public static byte[] StoreAndBarrier => Convert.FromHexString("000004200000000000000000000000f4");

    [Fact]
    public void The_published_binary_is_disassembled_to_its_end()
    {
        string binary = TestData.Wider("reference", "flightllm-u280", "inst.slr0.rtl.bin");

        string text = CommandRun.Of("disasm", binary, "--isa", U280).Succeeds().Output;
        JsonElement document = CommandRun.Of("disasm", binary, "--isa", U280, "--json").Succeeds().Json;

        Assert.Equal(15_455 + 1, text.Count(c => c == '\n'));
        Assert.EndsWith("; 76625 words, 15455 instructions: LD 14232, ST 390, MM 704, MISC 128, SYS 1\n", text, StringComparison.Ordinal);
        Assert.Equal(text, document.GetProperty("assembly").GetString());
        Assert.Equal("{LD:14232,ST:390,MM:704,MISC:128,SYS:1}", Units(document));
    }

    [Fact]
    public void The_published_binary_is_valid()
    {
        string binary = TestData.Wider("reference", "flightllm-u280", "inst.slr0.rtl.bin");

        CommandRun run = CommandRun.Of("verify", binary, "--isa", U280).Succeeds();
        JsonElement document = CommandRun.Of("verify", binary, "--isa", U280, "--json").Succeeds().Json;

        Assert.DoesNotContain("FAILED", run.Output, StringComparison.Ordinal);
        Assert.EndsWith($"{binary} is valid", run.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.True(document.GetProperty("is_valid").GetBoolean());
        Assert.Equal(76_625, document.GetProperty("words").GetInt32());
        Assert.Equal(9, document.GetProperty("edges").GetArrayLength());
        Assert.Equal(4, document.GetProperty("checks").GetArrayLength());
    }

    [Fact]
    public void A_changed_published_binary_is_refused_with_exit_code_4()
    {
        byte[] bytes = File.ReadAllBytes(TestData.Wider("reference", "flightllm-u280", "inst.slr0.rtl.bin"));
        using WorkFolder folder = new();

        // The last word is SYS, which waits for ST and for nobody else.
        Assert.Equal(0xf4, bytes[^1]);
        bytes[^1] = 0xf0;
        File.WriteAllBytes(folder["a.bin"], bytes);
        CommandRun run = CommandRun.Of("verify", folder["a.bin"], "--isa", U280, "--json").FailsWith(ExitCode.VerificationFailed, Codes.ProgramInvalid);
        Assert.Contains("ST releases 1 tokens to SYS, which waits for 0", run.Error, StringComparison.Ordinal);
        Assert.False(run.Json.GetProperty("is_valid").GetBoolean());
        CommandRun.Of("disasm", folder["a.bin"], "--isa", U280).Succeeds();
    }

    [Fact]
    public void A_program_of_the_vhk158_is_read()
    {
        using WorkFolder folder = new();
        File.WriteAllBytes(folder["a.bin"], StoreAndBarrier);

        string text = CommandRun.Of("disasm", folder["a.bin"], "--isa", Vhk158).Succeeds().Output;

        Assert.StartsWith("0x00000000  ST    store       wait=- release=SYS bank_addr=0x0 ", text, StringComparison.Ordinal);
        Assert.Contains("\n0x0000000c  SYS   barrier     wait=ST release=-\n", text, StringComparison.Ordinal);
        JsonElement edge = Assert.Single(CommandRun.Of("verify", folder["a.bin"], "--isa", Vhk158, "--json").Succeeds().Json.GetProperty("edges").EnumerateArray().ToArray());
        Assert.Equal(("ST", "SYS", 1, 1), (edge.GetProperty("from").GetString(), edge.GetProperty("to").GetString(), edge.GetProperty("waited").GetInt32(), edge.GetProperty("peak").GetInt32()));
    }

    [Theory]
    [InlineData("disasm")]
    [InlineData("verify")]
    public void Whatever_does_not_fit_is_said_in_words(string command)
    {
        using WorkFolder folder = new();
        File.WriteAllBytes(folder["a.bin"], StoreAndBarrier);
        File.WriteAllBytes(folder["empty.bin"], []);
        File.WriteAllBytes(folder["cut.bin"], StoreAndBarrier[..^1]);

        CommandRun bare = CommandRun.Of(command, folder["a.bin"]).FailsWith(ExitCode.VerificationFailed, Codes.ImageForeign);
        Assert.Contains($"'--isa {U280}' or '--isa {Vhk158}'", bare.Error, StringComparison.Ordinal);
        CommandRun.Of(command, folder["a.bin"], "--isa", "flightc-1").FailsWith(ExitCode.VerificationFailed, Codes.ImageForeign);
        CommandRun unknown = CommandRun.Of(command, folder["a.bin"], "--isa", "vhk158").FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains($"'vhk158'; did you mean '{Vhk158}'?", unknown.Error, StringComparison.Ordinal);
        Assert.Contains($"there are flightc-1, {U280}, {Vhk158}", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("at byte 12: the file ends with 3 bytes of a word", CommandRun.Of(command, folder["cut.bin"], "--isa", Vhk158).FailsWith(ExitCode.VerificationFailed, Codes.ProgramText).Error, StringComparison.Ordinal);
        CommandRun.Of(command, folder["empty.bin"], "--isa", Vhk158).FailsWith(ExitCode.VerificationFailed, Codes.ProgramText);
        CommandRun.Of(command, folder["missing.bin"], "--isa", Vhk158).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        CommandRun.Of(command, stories.Image, "--isa", Vhk158).FailsWith(ExitCode.VerificationFailed, Codes.ImageMismatch);
        CommandRun.Of(command, stories.Image, "--isa", "flightc-1").Succeeds();
    }

    private static string Units(JsonElement document) =>
        document.GetProperty("by_unit").GetRawText().Replace("\"", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
}
