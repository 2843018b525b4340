using System.Text.Json;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests;

/// <summary>Images that hold the programs of a length plan.</summary>
public sealed class LengthPlanCommandTests
{
    [Fact]
    public void An_image_holds_the_programs_of_its_plan_and_verify_compares_them()
    {
        using WorkFolder folder = new();
        string path = folder["a.flight"];
        JsonElement document = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "--max-length", "40", "--length-plan", "bucketed", "-o", path, "--json").Succeeds().Json;

        // Three buckets of decode steps; three places of prefill steps, all but the last with logits and without.
        Assert.Equal(3 + 5, document.GetProperty("length_programs").GetInt32());
        Assert.True(Check(path).Code == ExitCode.Success);

        string name;
        using (Image image = Image.Open(path))
        {
            ManifestSection[] sections = [.. image.Manifest.Sections.Where(s => s.Name.StartsWith(SectionNames.LengthProgram, StringComparison.Ordinal))];
            Assert.Equal(document.GetProperty("length_program_bytes").GetInt64(), sections.Sum(s => s.Bytes));
            Assert.All(sections, s => Assert.Single(ProgramBinary.Read(image.Section(s.Name).Span).Entries));
            name = sections[5].Name;
            using ImageWriter writer = ImageWriter.Create(folder["b.flight"], image.Manifest, [.. image.Manifest.Sections.Select(s => (s.Name, s.Bytes))]);
            foreach (ManifestSection section in image.Manifest.Sections)
            {
                byte[] bytes = image.Section(section.Name).Span.ToArray();
                bytes[^2] ^= (byte)(section.Name == name ? 1 : 0);
                writer.Write(section.Name, bytes);
            }

            writer.Commit();
        }

        CommandRun run = Check(folder["b.flight"]).FailsWith(ExitCode.VerificationFailed, Codes.ImageDamaged);
        Assert.Contains(name, run.Error, StringComparison.Ordinal);

        static CommandRun Check(string image) => CommandRun.Of("verify", image);
    }

    [Fact]
    public void Without_a_plan_an_image_has_the_program_for_all_lengths_only()
    {
        using WorkFolder folder = new();
        JsonElement document = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "--max-length", "40", "-o", folder["a.flight"], "--json").Succeeds().Json;
        Assert.Equal(0, document.GetProperty("length_programs").GetInt32());
    }

    [Fact]
    public void Programs_that_the_memory_for_them_does_not_hold_are_refused_before_they_are_made()
    {
        using WorkFolder folder = new();
        string text = File.ReadAllText(Path.Combine(TestData.Repository, "configs", "targets", "u280.yaml"));
        string target = folder.Write("small.yaml", text.Replace("name: u280", "name: small", StringComparison.Ordinal).Replace("gib: 32 ", "gib: 1 ", StringComparison.Ordinal));
        CommandRun run = CommandRun.Of(
            "compile", TestData.Stories, "-t", target, "--max-length", "131072", "--length-plan", "naive", "-o", folder["a.flight"])
            .FailsWith(ExitCode.Unsupported, Codes.DoesNotFit);
        Assert.Contains("length plan 'naive'", run.Error, StringComparison.Ordinal);
        Assert.Equal(["small.yaml"], folder.Files);
    }
}
