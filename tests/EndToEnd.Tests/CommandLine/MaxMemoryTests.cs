using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class MaxMemoryTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("123456789", 123456789)]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("512 mib", 512L << 20)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData(".5TiB", 1L << 39)]
    [InlineData("7KB", 7000)]
    [InlineData("64kib", 65536)]
    [InlineData("12B", 12)]
    public void Sizes_are_read_as_people_write_them(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long found));
        Assert.Equal(bytes, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0.1B")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1,5GB")]
    [InlineData("1e3MB")]
    [InlineData("GiB")]
    [InlineData("12 Gi")]
    [InlineData("9999999999TiB")]
    [InlineData("99999999999999999999")]
    [InlineData("NaNGB")]
    public void What_is_no_size_is_refused(string text)
    {
        Assert.False(ByteSize.TryParse(text, out _));
        using WorkFolder folder = new();
        CommandRun run = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], $"--max-memory={text}").FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains("--max-memory", run.Error, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void An_image_compiled_in_little_memory_or_by_one_thread_is_the_same()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"]).Succeeds();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["c.flight"], "-j", "1", "--max-memory", "100GiB").Succeeds();

        // What it takes at least depends on what else is in this process's memory.
        CommandRun refused = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["b.flight"], "--max-memory", "1MiB").FailsWith(ExitCode.Environment, Codes.OutOfMemory);
        Assert.Equal(["a.flight", "c.flight"], folder.Files);
        string least = refused.Error.Split("--max-memory ")[1].Split("MiB")[0];
        long enough = long.Parse(least, System.Globalization.CultureInfo.InvariantCulture) + 64;
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["b.flight"], "--max-memory", $"{enough}MiB").Succeeds();
        Assert.Equal(File.ReadAllBytes(folder["a.flight"]), File.ReadAllBytes(folder["b.flight"]));
        Assert.Equal(File.ReadAllBytes(folder["a.flight"]), File.ReadAllBytes(folder["c.flight"]));
    }

    [Fact]
    public void A_limit_that_is_too_small_names_the_weight_that_needs_most()
    {
        MemoryLimit limit = new(256L << 20, 256L << 20);
        CompilationException error = Assert.Throws<CompilationException>(() => limit.ForMatrices("layers.3.mlp.down.weight", 1L << 30));
        Assert.Equal(Codes.OutOfMemory, error.Diagnostics[0].Code);
        Assert.Equal("layers.3.mlp.down.weight", error.Diagnostics[0].Location);
        Assert.Contains("1.00 GiB", error.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Contains("--max-memory", error.Diagnostics[0].Help, StringComparison.Ordinal);
        Assert.InRange(new MemoryLimit(1L << 40, 1L << 40).ForMatrices("a", 1 << 20), 1L << 39, 1L << 40);
    }

    [Fact]
    public void The_usual_limit_gives_way_to_a_weight_that_needs_more()
    {
        Assert.Equal(1L << 30, new MemoryLimit(256L << 20, 1L << 40).ForMatrices("a", 1L << 30));
        MemoryLimit usual = MemoryLimit.Of(null);
        Assert.True(usual.Most > usual.Bytes);
        Assert.Equal(new MemoryLimit(5, 5), MemoryLimit.Of(5));
    }

    [Fact]
    public void Memory_is_no_wish_about_an_image_that_exists()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"]).Succeeds();
        CommandRun.Of("run", folder["a.flight"], "-n", "1", "--max-memory", "1GiB").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("run", TestData.Stories, "-t", "tiny", "-n", "1", "--max-memory", "1MiB").FailsWith(ExitCode.Environment, Codes.OutOfMemory);
        CommandRun.Of("run", TestData.Stories, "-t", "tiny", "-n", "1", "--max-memory", "4GiB").Succeeds();
    }
}
