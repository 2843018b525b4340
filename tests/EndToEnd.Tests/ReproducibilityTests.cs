using System.Globalization;
using System.Text;
using Flightc.Cli;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>The same inputs give the same bytes.</summary>
public sealed class ReproducibilityTests
{
    [Fact]
    public void Images_do_not_depend_on_folder_threads_or_culture()
    {
        using TemporaryFolder first = new();
        using TemporaryFolder second = new();
        string copy = Path.Combine(second.Root, "somewhere else", "stories");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(TestData.Stories))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string one = first["one.flight"];
        string two = second["two.flight"];
        Compile(TestData.Stories, one, "1");
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            // What a comma as decimal separator, another minus sign and other digits groupings would do to text.
            CultureInfo other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            other.NumberFormat.NumberDecimalSeparator = ",";
            other.NumberFormat.NegativeSign = "−";
            other.NumberFormat.NumberGroupSeparator = ".";
            CultureInfo.CurrentCulture = other;
            CultureInfo.DefaultThreadCurrentCulture = other;
            Compile(copy, two, "2");
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
            CultureInfo.DefaultThreadCurrentCulture = null;
        }

        Assert.True(File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(two)), "two compiles of one model differ");
    }

    [Fact]
    public void Dumps_hold_no_weights_and_no_paths_and_are_the_same_every_time()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string>[] dumps = new Dictionary<string, string>[2];
        for (int i = 0; i < 2; i++)
        {
            string dump = folder[$"dump{i}"];
            Run("compile", TestData.Stories, "-t", "u280", "-o", folder[$"{i}.flight"], "--dump-dir", dump);
            dumps[i] = Directory.GetFiles(dump).ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        }

        Assert.Equal(dumps[0], dumps[1]);
        Assert.Contains("00-import.graph", dumps[0].Keys);
        Assert.True(dumps[0].Count >= 8, "every pass leaves a dump");
        foreach (string text in dumps[0].Values)
        {
            Assert.DoesNotContain(folder.Root, text, StringComparison.Ordinal);
            Assert.DoesNotContain(TestData.Repository, text, StringComparison.Ordinal);

            // A megabyte of text cannot hide 2.6 million weights.
            Assert.True(text.Length < 1 << 20);
        }
    }

    [Fact]
    public void The_program_section_of_an_image_is_that_of_the_bare_configuration()
    {
        using TemporaryFolder folder = new();
        string image = folder["stories.flight"];
        Compile(TestData.Stories, image, "2");
        using Image opened = Image.Open(image);
        string json = Run("estimate", Path.Combine(TestData.Stories, "config.json"), "-t", "u280", "--json");
        Assert.Contains(opened.Section("program").Length.ToString(CultureInfo.InvariantCulture), json, StringComparison.Ordinal);
    }

    private static void Compile(string model, string output, string threads) =>
        Run("compile", model, "-t", "u280", "-o", output, "-j", threads);

    private static string Run(params string[] arguments)
    {
        using StringWriter output = new(new StringBuilder(), CultureInfo.InvariantCulture);
        using StringWriter error = new(new StringBuilder(), CultureInfo.InvariantCulture);
        using Interruption interruption = new();
        ExitCode code = CommandLine.Run(arguments, output, error, TerminalCapabilities.None, interruption);
        Assert.True(code == ExitCode.Success, error.ToString());
        return output.ToString();
    }
}
