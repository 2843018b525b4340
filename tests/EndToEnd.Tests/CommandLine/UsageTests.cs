using System.CommandLine;
using Flightc.Cli.Commands;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("")]
    [InlineData("frobnicate")]
    [InlineData("compile")]
    [InlineData("compile {stories}")]
    [InlineData("compile {stories} -t")]
    [InlineData("compile {stories} -t tiny --max-length many")]
    [InlineData("compile {stories} -t tiny -j 0")]
    [InlineData("compile {stories} -t tiny --until parse")]
    [InlineData("compile {stories} another -t tiny")]
    [InlineData("inspect")]
    [InlineData("run {stories} -t tiny -p a --ids 1")]
    [InlineData("run {stories} -t tiny --device abacus")]
    [InlineData("run {stories} -t tiny --temperature -1")]
    [InlineData("run {stories} -t tiny --temperature nan")]
    [InlineData("run {stories} -t tiny --top-p 0")]
    [InlineData("run {stories} -t tiny --top-p 1.5")]
    [InlineData("run {stories} -t tiny --seed -3")]
    [InlineData("eval some.flight")]
    [InlineData("eval some.flight --text a.txt --records 0")]
    public void Wrong_use_is_exit_code_2_with_a_way_out(string line)
    {
        string[] arguments = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Replace("{stories}", TestData.Stories, StringComparison.Ordinal))];
        CommandRun run = CommandRun.Of(arguments).FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains("help: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("compile", "", "-t", "tiny")]
    [InlineData("compile", "{stories}", "-t", "tiny", "-o", "")]
    [InlineData("compile", "{stories}", "-t", "tiny", "--dump-dir", "")]
    [InlineData("check", "")]
    [InlineData("verify", "")]
    [InlineData("run", "")]
    [InlineData("eval", "some.flight", "", "--text", "a.txt")]
    [InlineData("eval", "some.flight", "--text", "")]
    [InlineData("targets", "")]
    public void Empty_words_are_wrong_use(params string[] arguments) =>
        CommandRun.Of([.. arguments.Select(a => a.Replace("{stories}", TestData.Stories, StringComparison.Ordinal))]).FailsWith(ExitCode.Usage, Codes.Usage);

    [Fact]
    public void A_slip_of_the_pen_is_met_with_a_suggestion()
    {
        Assert.Contains("did you mean 'compile'?", CommandRun.Of("compil").Error, StringComparison.Ordinal);
        Assert.Contains("did you mean '--max-length'?", CommandRun.Of("compile", "x", "-t", "tiny", "--max-lenght", "3").Error, StringComparison.Ordinal);
        Assert.Contains("did you mean 'emulator'?", CommandRun.Of("run", "x", "-t", "tiny", "--device", "emulater").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compile {missing} -t tiny", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("check {missing}", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("inspect {missing}", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("verify {missing}", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("disasm {missing}", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("run {missing}", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("run {missing}.flight", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("eval {missing}.flight --text {missing}", ExitCode.Usage, Codes.FileNotReadable)]
    [InlineData("inspect {stories}/model.safetensors", ExitCode.VerificationFailed, Codes.ImageForeign)]
    [InlineData("compile {stories} -t abacus", ExitCode.Usage, Codes.SettingsNotFound)]
    [InlineData("compile {stories} -t flightllm-u280", ExitCode.Unsupported, Codes.TargetForValidation)]
    [InlineData("run {stories} -t flightllm-vhk158", ExitCode.Unsupported, Codes.TargetForValidation)]
    [InlineData("targets abacus", ExitCode.Usage, Codes.SettingsNotFound)]
    [InlineData("recipes abacus", ExitCode.Usage, Codes.SettingsNotFound)]
    [InlineData("compile {stories} -t tiny --max-length 0", ExitCode.Unsupported, Codes.LengthUnsupported)]
    [InlineData("compile {stories} -t tiny --max-length 2147483647", ExitCode.Unsupported, Codes.LengthUnsupported)]
    [InlineData("compile {stories}/config.json -t tiny", ExitCode.Usage, Codes.FileNotReadable)]
    public void What_is_named_wrongly_has_its_exit_code(string line, ExitCode code, string diagnostic)
    {
        using WorkFolder folder = new();
        string[] arguments =
        [
            .. line.Split(' ').Select(a => a.Replace("{stories}", TestData.Stories, StringComparison.Ordinal).Replace("{missing}", folder["missing"], StringComparison.Ordinal)),
        ];
        Assert.Empty(CommandRun.Of(arguments).FailsWith(code, diagnostic).Output.Replace($"{folder["missing"]} cannot be compiled as it is\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Independent_faults_are_reported_together()
    {
        CommandRun run = CommandRun.Of("compile", "no-such-model", "-t", "no-such-target", "-r", "no-such-recipe");
        Assert.Equal(3, run.Error.Split('\n').Count(l => l.Contains("error FLC", StringComparison.Ordinal)));
    }

    [Fact]
    public void With_json_a_failure_is_a_document_too()
    {
        CommandRun run = CommandRun.Of("compile", "no-such-model", "-t", "tiny", "--json").FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        Assert.Equal(2, run.Json.GetProperty("exit_code").GetInt32());
        Assert.Equal(Codes.FileNotReadable, run.Json.GetProperty("diagnostics")[0].GetProperty("code").GetString());
    }

    [Fact]
    public void A_file_that_is_no_onnx_and_a_folder_without_a_model_are_told_what_is_wanted()
    {
        using WorkFolder folder = new();
        File.WriteAllText(folder["model.onnx"], "x");
        Assert.Contains("ONNX", CommandRun.Of("check", folder["model.onnx"]).FailsWith(ExitCode.Unsupported, Codes.OnnxInvalid).Error, StringComparison.Ordinal);
        CommandRun.Of("compile", folder.Root, "-t", "tiny").FailsWith(ExitCode.Unsupported, Codes.OnnxInvalid);
        File.Move(folder["model.onnx"], folder["notes.txt"]);
        Assert.Contains("notes.txt", CommandRun.Of("compile", folder.Root, "-t", "tiny").FailsWith(ExitCode.Usage, Codes.FileNotReadable).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("disasm")]
    [InlineData("verify")]
    public void A_folder_and_a_missing_file_are_told_apart_from_an_image(string command)
    {
        using WorkFolder folder = new();
        CommandRun of = CommandRun.Of(command, TestData.Stories).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        Assert.Contains("this is a folder; a compiled image is wanted", of.Error, StringComparison.Ordinal);
        CommandRun missing = CommandRun.Of(command, folder["a.flight"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        Assert.Contains("there is no such image", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_and_version_go_to_standard_output()
    {
        CommandRun help = CommandRun.Of("--help").Succeeds();
        foreach (string command in (string[])["check", "compile", "run", "eval", "estimate", "inspect", "disasm", "verify", "bench", "targets", "recipes"])
        {
            Assert.Contains($"\n  {command} ", help.Output, StringComparison.Ordinal);
            CommandRun own = CommandRun.Of(command, "--help").Succeeds();
            Assert.Contains($"Examples:\n  flightc {command}", own.Output, StringComparison.Ordinal);
            Assert.Empty(own.Error);
        }

        Assert.Equal(help.Output, CommandRun.Of("-q", "-h").Succeeds().Output);
        Assert.Equal(help.Output, CommandRun.Of("nonsense", "--help").Succeeds().Output);
        Assert.StartsWith("flightc ", CommandRun.Of("--version").Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_commands_says_what_each_declares()
    {
        foreach (CommandEntry entry in CommandTable.All)
        {
            Command command = new(entry.Name);
            entry.Create().Declare(command);
            Assert.Equal(string.Join(' ', command.Arguments.Select(a => $"<{a.Name}>")), entry.Arguments);
            string help = CommandRun.Of(entry.Name, "--help").Succeeds().Output;
            Assert.Contains(entry.Description.Split(' ')[0], help, StringComparison.Ordinal);
            Assert.Contains($"flightc {entry.Name}", help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_argument_that_is_a_command_s_name_is_an_argument()
    {
        Assert.Contains("there is no such", CommandRun.Of("inspect", "run").FailsWith(ExitCode.Usage, Codes.FileNotReadable).Error, StringComparison.Ordinal);
        Assert.Contains("FLC1205", CommandRun.Of("-q", "targets", "recipes").FailsWith(ExitCode.Usage, Codes.SettingsNotFound).Error, StringComparison.Ordinal);
        Assert.Contains("did you mean 'compile'?", CommandRun.Of("compil", "run").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_after_an_at_sign_is_not_a_file_with_arguments() =>
        Assert.Contains("@missing", CommandRun.Of("inspect", "@missing").FailsWith(ExitCode.Usage, Codes.FileNotReadable).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("targets", "tiny")]
    [InlineData("recipes", "w4")]
    public void What_ships_is_listed_and_shown(string command, string name)
    {
        Assert.Contains(name, CommandRun.Of(command).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains(CommandRun.Of(command, "--json").Succeeds().Json.GetProperty(command).EnumerateArray(), e => e.GetProperty("name").GetString() == name);
        Assert.Contains(name, CommandRun.Of(command, name).Succeeds().Output, StringComparison.Ordinal);
        Assert.Equal(name, CommandRun.Of(command, name, "--json").Succeeds().Json.GetProperty("name").GetString());
    }

    [Fact]
    public void Published_machines_are_listed_apart_and_shown()
    {
        Assert.Contains("for validation only", CommandRun.Of("targets").Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("nothing is compiled for it", CommandRun.Of("targets", "flightllm-vhk158").Succeeds().Output, StringComparison.Ordinal);
        Assert.Equal("flightllm-u280-1.3", CommandRun.Of("targets", "flightllm-u280", "--json").Succeeds().Json.GetProperty("isa").GetString());
    }

    [Fact]
    public void Colours_are_for_terminals_whose_users_want_them()
    {
        using Interruption interruption = new();
        TerminalCapabilities terminal = new(true, true, true, true, 100);
        Assert.Contains("\e[31m", CommandRun.Of(interruption, terminal, "compil").Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', CommandRun.Of(interruption, terminal with { HasColor = false }, "compil").Error);
        Assert.DoesNotContain('\e', CommandRun.Of("compil").Error);
        Assert.DoesNotContain('\e', CommandRun.Of("targets").Output);
        Assert.True(TerminalCapabilities.WantsColor(null, "xterm"));
        Assert.False(TerminalCapabilities.WantsColor("1", "xterm"));
        Assert.False(TerminalCapabilities.WantsColor(null, "dumb"));
    }
}
