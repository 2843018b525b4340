using System.Text.Json;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests;

public sealed class ImageCommandTests(CompiledStories stories) : IClassFixture<CompiledStories>
{
    [Fact]
    public void Inspect_shows_what_the_manifest_says()
    {
        using Image image = Image.Open(stories.Image);
        JsonElement document = CommandRun.Of("inspect", stories.Image, "--json").Succeeds().Json;
        Assert.Equal(image.Identity, document.GetProperty("identity").GetString());
        Assert.Equal(image.Manifest.BitsPerWeight, document.GetProperty("bits_per_weight").GetDouble());
        Assert.Equal(5, document.GetProperty("bank_bytes").GetArrayLength());
        Assert.Equal(image.Manifest.ToString(), CommandRun.Of("inspect", stories.Image, "--manifest").Succeeds().Output);
        Assert.Contains(image.Identity, CommandRun.Of("inspect", stories.Image).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Disassembled_text_parses_back_to_the_program()
    {
        string text = CommandRun.Of("disasm", stories.Image).Succeeds().Output;
        using Image image = Image.Open(stories.Image);
        Assert.Equal(image.Section(SectionNames.Program).Span.ToArray(), ProgramBinary.Write(Assembly.Parse(text)));
        Assert.Equal(text, CommandRun.Of("disasm", stories.Image, "--json").Succeeds().Json.GetProperty("assembly").GetString());
    }

    [Fact]
    public void A_sound_image_passes_every_check()
    {
        JsonElement document = CommandRun.Of("verify", stories.Image, "--json").Succeeds().Json;
        Assert.True(document.GetProperty("is_valid").GetBoolean());
        Assert.All(document.GetProperty("checks").EnumerateArray(), c => Assert.True(c.GetProperty("passed").GetBoolean()));
    }

    [Theory]
    [InlineData("bank.03")]
    [InlineData("tables")]
    public void A_flipped_bit_in_a_large_section_is_found_by_verify(string section)
    {
        using WorkFolder folder = new();
        File.Copy(stories.Image, folder["a.flight"]);
        using (FileStream file = File.Open(folder["a.flight"], FileMode.Open))
        {
            file.Position = StartOf(section) + 100;
            int value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 4));
        }

        CommandRun run = CommandRun.Of("verify", folder["a.flight"], "--json").FailsWith(ExitCode.VerificationFailed, Codes.ImageDamaged);
        Assert.Contains($"'{section}'", run.Error, StringComparison.Ordinal);
        Assert.False(run.Json.GetProperty("is_valid").GetBoolean());
        CommandRun.Of("inspect", folder["a.flight"]).Succeeds();
    }

    [Fact]
    public void A_cut_image_is_refused_by_every_command()
    {
        using WorkFolder folder = new();
        File.WriteAllBytes(folder["a.flight"], File.ReadAllBytes(stories.Image)[..^4096]);
        foreach (string command in (string[])["inspect", "disasm", "verify", "run"])
        {
            CommandRun.Of(command, folder["a.flight"]).FailsWith(ExitCode.VerificationFailed, Codes.ImageDamaged);
        }
    }

    /// <summary>The hashes are right, so only reading the streams shows it.</summary>
    [Theory]
    [InlineData(0, 0, "bank.00")]
    [InlineData(7, 0xF0, "reserved")]
    [InlineData(-1, 1, "zeros")]
    public void A_weight_stream_that_the_program_cannot_take_is_found_by_verify(int at, byte value, string words)
    {
        using WorkFolder folder = new();
        Rewrite(folder["a.flight"], SectionNames.Bank(0), bytes => bytes[at < 0 ? bytes.Length + at : at] = value);
        CommandRun run = CommandRun.Of("verify", folder["a.flight"]).FailsWith(ExitCode.VerificationFailed, Codes.ImageDamaged);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.Contains("FAILED  weight streams", run.Output, StringComparison.Ordinal);
        Assert.Contains("ok      sections have their hashes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_loses_a_token_is_found_by_verify()
    {
        using WorkFolder folder = new();
        using (Image image = Image.Open(stories.Image))
        {
            MachineProgram program = ProgramBinary.Read(image.Section(SectionNames.Program).Span);
            program.Decode.Streams[0].SelectMany(s => s).First(i => i.Release != Units.None).Release = Units.None;
            byte[] section = ProgramBinary.Write(program);
            Rewrite(folder["a.flight"], SectionNames.Program, bytes => section.CopyTo(bytes, 0));
        }

        CommandRun.Of("verify", folder["a.flight"]).FailsWith(ExitCode.VerificationFailed, Codes.ProgramInvalid);
    }

    [Theory]
    [InlineData(SectionNames.Tokenizer, Codes.TokenizerInvalid)]
    [InlineData(SectionNames.Generation, Codes.ImageDamaged)]
    public void A_section_about_text_that_is_no_json_is_found_by_verify(string section, string diagnostic)
    {
        using WorkFolder folder = new();
        Rewrite(folder["a.flight"], section, bytes => bytes[0] = (byte)'?');
        CommandRun.Of("verify", folder["a.flight"]).FailsWith(ExitCode.VerificationFailed, diagnostic);
    }

    /// <summary>The hashes are right in all of them; what the bytes mean is anybody's guess.</summary>
    [Fact]
    public void Programs_with_random_bytes_are_refused_or_run_and_are_never_a_bug()
    {
        using WorkFolder folder = new();
        Random random = new(20);
        for (int i = 0; i < 40; i++)
        {
            Rewrite(folder["a.flight"], SectionNames.Program, bytes => bytes[random.Next(i % 2 == 0 ? 300 : bytes.Length)] = (byte)random.Next(256));
            foreach (string command in (string[])["verify", "inspect", "disasm"])
            {
                CommandRun run = CommandRun.Of(command, folder["a.flight"]);
                Assert.True(run.Code is ExitCode.Success or ExitCode.VerificationFailed, $"{command} after change {i}: {run.Code} {run.Error}");
            }
        }
    }

    private long StartOf(string section)
    {
        using SafetensorsFile file = SafetensorsFile.Open(stories.Image);
        Assert.True(file.TryGet(section, out SafetensorsTensor tensor));
        return file.DataOffset + tensor.Begin;
    }

    private void Rewrite(string path, string section, Action<byte[]> change)
    {
        using Image image = Image.Open(stories.Image);
        using ImageWriter writer = ImageWriter.Create(path, image.Manifest, [.. image.Manifest.Sections.Select(s => (s.Name, s.Bytes))]);
        foreach (ManifestSection s in image.Manifest.Sections)
        {
            byte[] bytes = image.Section(s.Name).Span.ToArray();
            if (s.Name == section)
            {
                change(bytes);
            }

            writer.Write(s.Name, bytes);
        }

        writer.Commit();
    }
}
