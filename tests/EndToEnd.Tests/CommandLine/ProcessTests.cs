using System.Diagnostics;

namespace Flightc.Tests;

/// <summary>What only a process of its own can show.</summary>
public sealed class ProcessTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    // SigIgn of proc(5): bit n - 1 is signal n, and SIGINT is 2. Elsewhere nobody tells.
    private static bool IgnoresInterrupts() =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } ignored
        && (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & 2) != 0;

    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "flightc.exe" : "flightc");

    [Fact]
    public void A_model_that_is_only_run_leaves_no_image_behind()
    {
        using WorkFolder folder = new();
        (int code, string output, _) = Run(Start(folder, "run", TestData.Stories, "-t", "tiny", "-n", "3"));
        Assert.Equal(0, code);
        Assert.NotEmpty(output.Trim());
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void A_termination_ends_a_run_with_exit_code_130_and_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        using WorkFolder folder = new();
        using Process process = Start(folder, "run", TestData.Stories, "-t", "tiny", "-n", "500", "--device", "interpreter");

        // The folder of the temporary image is there while it compiles and runs.
        while (!Array.Exists(folder.Files, f => f.StartsWith("flightc-", StringComparison.Ordinal)) && !process.HasExited)
        {
            Thread.Sleep(5);
        }

        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        (int code, _, string error) = Run(process);
        Assert.Equal(130, code);
        Assert.Contains("interrupted", error, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_ends_a_compile_and_leaves_nothing_of_the_image(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupts(), "these tests were started with SIGINT ignored, as jobs in the background of a shell are, and every process they start ignores it too");
        using WorkFolder folder = new();
        using Process process = StartCompile(folder);
        Kill(process, signal);
        (int code, _, string error) = Run(process);
        Assert.True(code == 130, error);
        Assert.Contains("interrupted", error, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void What_a_killed_compile_left_is_removed_by_the_next_to_the_same_place()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        using WorkFolder folder = new();
        using Process process = StartCompile(folder);
        Kill(process, "KILL");
        Run(process);
        Assert.Contains(folder.Files, file => file.EndsWith(".partial", StringComparison.Ordinal));

        Assert.Equal(0, Run(Start(folder, "compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"])).Code);
        Assert.Equal(["a.flight"], folder.Files.Where(file => file.StartsWith("a.flight", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_reader_that_goes_away_is_no_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes of Unix");
        using WorkFolder folder = new();
        (int code, string output, string error) = Run(Start(folder, "/bin/sh", ["-c", $"'{Program}' disasm '{stories.Image}' | head -n 1"]));
        Assert.Equal(0, code);
        Assert.StartsWith("program isa=", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Fact]
    public void A_full_disk_is_exit_code_6()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using WorkFolder folder = new();
        foreach (string command in (string[])["disasm", "inspect", "inspect --json", "verify", "run -n 2"])
        {
            (int code, _, string error) = Run(Start(folder, "/bin/sh", ["-c", $"'{Program}' {command} '{stories.Image}' > /dev/full"]));
            Assert.True(code == 6, $"{command}: {code} {error}");
            Assert.Contains("FLC9002", error, StringComparison.Ordinal);
        }
    }

    // Returns when the image has its place on the disk: calibration, which takes seconds with one thread, comes only then.
    private static Process StartCompile(WorkFolder folder)
    {
        Process process = Start(
            folder, "compile", TestData.Stories, "-t", "tiny", "--calibration", Path.Combine(TestData.Stories, "calibration.jsonl"), "-j", "1", "-o",
            folder["a.flight"]);
        while (!Array.Exists(folder.Files, f => f.EndsWith(".partial", StringComparison.Ordinal)) && !process.HasExited)
        {
            Thread.Sleep(1);
        }

        return process;
    }

    private static void Kill(Process process, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static Process Start(WorkFolder folder, params string[] arguments) => Start(folder, Program, arguments);

    private static Process Start(WorkFolder folder, string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        start.Environment["TMPDIR"] = folder.Root;
        start.Environment["TMP"] = folder.Root;

        // The runtime's own debugging sockets would stand in that folder too.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }

    private static (int Code, string Output, string Error) Run(Process process)
    {
        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
    }
}
