using System.Diagnostics;
using Flightc.Container;

namespace Flightc.Tests.Container;

public sealed class PartialFilesTests
{
    [Fact]
    public void What_a_dead_process_left_is_removed_by_the_next_who_writes_there()
    {
        using TemporaryFolder folder = new();
        int dead = DeadProcess();
        folder.Write($"a.flight.{dead}-1.partial", "half");
        folder.Write($"a.flight.{dead}-12.partial", "half");

        // Neither these nor what somebody else calls alike.
        string[] others =
        [
            folder.Write($"b.flight.{dead}-1.partial", "of another image"),
            folder.Write($"a.flight.{Environment.ProcessId}-7.partial", "of this process"),
            folder.Write($"a.flight.{dead}.partial", "no number"),
            folder.Write($"a.flight.x{dead}-1.partial", "no process"),
            folder.Write($"a.flight.-{dead}-1.partial", "no process"),
            folder.Write($"a.flight.{dead}-1.partial.txt", "a note"),
            folder.Write("a.flight", "the image"),
        ];
        PartialFiles.RemoveAbandoned(folder["a.flight"]);

        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.GetFiles(folder.Root).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_living_process_writes_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sleep of Unix");
        using TemporaryFolder folder = new();
        using Process living = Process.Start("sleep", ["60"]);
        string file = folder.Write(FormattableString.Invariant($"a.flight.{living.Id}-1.partial"), "half");
        PartialFiles.RemoveAbandoned(folder["a.flight"]);
        Assert.True(File.Exists(file));

        living.Kill();
        living.WaitForExit();
        PartialFiles.RemoveAbandoned(folder["a.flight"]);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void What_is_locked_is_written_by_somebody_whom_we_cannot_see()
    {
        using TemporaryFolder folder = new();
        string file = folder[FormattableString.Invariant($"a.flight.{DeadProcess()}-1.partial")];
        using (new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            PartialFiles.RemoveAbandoned(folder["a.flight"]);
            Assert.True(File.Exists(file));
        }

        PartialFiles.RemoveAbandoned(folder["a.flight"]);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Names_differ_and_are_found_again()
    {
        using TemporaryFolder folder = new();
        string[] names = [PartialFiles.NameFor(folder["a.flight"]), PartialFiles.NameFor(folder["a.flight"]), PartialFiles.NameFor(folder["b.flight"])];
        Assert.Equal(3, names.Distinct().Count());
        Assert.All(names, name => File.WriteAllText(name, "half"));
        Assert.Equal(names[..2].Order(StringComparer.Ordinal), PartialFiles.OfThisProcess(folder["a.flight"]).Order(StringComparer.Ordinal));
        Assert.Empty(PartialFiles.OfThisProcess(folder["none/a.flight"]));
    }

    private static int DeadProcess()
    {
        using Process process = Process.Start(OperatingSystem.IsWindows() ? "hostname" : "true", Array.Empty<string>());
        process.WaitForExit();
        return process.Id;
    }
}
