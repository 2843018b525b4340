using System.Buffers.Binary;
using System.Text;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests.Container;

public sealed class ImageTests
{
    [Fact]
    public void The_text_of_a_manifest_parses_back()
    {
        ImageManifest manifest = ImageSample.Manifest with { Sections = [new ManifestSection("program", 5, ImageSample.Hash(5))] };

        string text = manifest.ToString();

        Assert.Equal(text, ImageManifest.Parse(text, "here").ToString());
        Assert.Contains("    {\"bytes\":5,\"name\":\"program\",\"sha256\":\"5555", text, StringComparison.Ordinal);
        Assert.Contains("    \"numbers\": {\"hidden_size\":256,\"rms_norm_eps\":1E-05,\"rope_theta\":1000000}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"context_length\": 512", "\"context_length\": -1", Codes.ImageDamaged, "'context_length' is not a whole number")]
    [InlineData("\"context_length\": 512", "\"context_length\": 3000000000", Codes.ImageDamaged, "'context_length' is not a whole number below 2^31")]
    [InlineData("\"context_length\": 512,", "", Codes.ImageDamaged, "'context_length' is missing")]
    [InlineData("\"context_length\"", "\"surprise\": 1, \"context_length\"", Codes.ImageDamaged, "'surprise' is not a key of a manifest")]
    [InlineData("\"4g64\"", "\"4g63\"", Codes.ImageDamaged, "is a format such as '4g64', not '4g63'")]
    [InlineData("\"sections\": []", "\"sections\": {}", Codes.ImageDamaged, "'sections' is not a list")]
    [InlineData("3333", "333x", Codes.ImageDamaged, "'weights[0].sha256' is not a hash")]
    [InlineData("\"format\": 1", "\"format\": 2", Codes.ImageMismatch, "container format  2          1  <- differs")]
    [InlineData("flightc-1", "flightc-0", Codes.ImageMismatch, "instruction set   flightc-0  flightc-1  <- differs")]
    [InlineData("{", "", Codes.ImageDamaged, "")]
    [InlineData("{", "[[[[[[[[[[[[[[[[[[[[[[[[[[[{", Codes.ImageDamaged, "")]
    public void A_manifest_is_read_strictly(string old, string changed, string code, string message)
    {
        string text = ImageSample.Manifest.ToString();
        int at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0);

        CompilationException e = Assert.Throws<CompilationException>(
            () => ImageManifest.Parse(text[..at] + changed + text[(at + old.Length)..], "here"));

        Assert.Equal(code, e.Diagnostics[0].Code);
        Assert.Contains(message, e.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_of_another_version_is_refused_with_a_table_and_the_command_that_rebuilds_it()
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"], ImageSample.Manifest with { Isa = "flightc-0", Tool = "0.0.9" });

        CompilationException e = Assert.Throws<CompilationException>(() => Image.Open(path));

        Assert.Equal(
            $"""
            the image is of another version
                                  image      this flightc
                container format  1          1
                instruction set   flightc-0  flightc-1  <- differs
                flightc           0.0.9      {ToolVersion.Current}  <- differs
            """,
            e.Diagnostics[0].Message);
        Assert.Equal("compile the model again: flightc compile MODEL -t tiny -r w4 --max-length 512 -o IMAGE", e.Diagnostics[0].Help);
        Assert.Equal(ExitCode.VerificationFailed, e.ExitCode);
    }

    [Fact]
    public void An_image_for_another_machine_is_refused_field_by_field()
    {
        using TemporaryFolder folder = new();
        using Image image = Image.Open(ImageSample.Write(folder["a.flight"]));
        image.RequireGeometry(ImageSample.Geometry with { Cores = [.. ImageSample.Geometry.Cores] });

        CompilationException e = Assert.Throws<CompilationException>(
            () => image.RequireGeometry(ImageSample.Geometry with { Cores = [new(0, 2), new(2, 3)], PageBytes = 2048 }));

        Assert.Equal(
            """
            the image was compiled for another machine
                                       image     this machine
                target                 tiny      tiny
                channels of the cores  0-2, 3-4  0-1, 2-4  <- differs
                bytes of a page        1024      2048  <- differs
            """,
            e.Diagnostics[0].Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("version https://git-lfs.github.com/spec/v1")]
    [InlineData("\u0002\0\0\0\0\0\0\0{}")]
    public void Another_file_is_not_an_image(string content)
    {
        using TemporaryFolder folder = new();
        CompilationException e = Assert.Throws<CompilationException>(() => Image.Open(folder.Write("a.flight", content)));

        Assert.Equal(Codes.ImageForeign, e.Diagnostics[0].Code);
        Assert.StartsWith("not a flightc image", e.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_is_not_an_image_but_nearly()
    {
        string path = Path.Combine(TestData.Stories, "model.safetensors");

        Assert.Equal(
            "not a flightc image, but perhaps a checkpoint in safetensors format",
            Assert.Throws<CompilationException>(() => Image.Open(path)).Diagnostics[0].Message);
        Assert.Equal(Codes.FileNotReadable, Assert.Throws<CompilationException>(() => Image.Open(path + ".none")).Diagnostics[0].Code);
    }

    [Theory]
    [InlineData("program", true)]
    [InlineData("tokenizer", true)]
    [InlineData("tables", false)]
    [InlineData("bank.01", false)]
    public void A_changed_byte_is_found_and_its_section_named(string name, bool atOpening)
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        Flip(path, Offset(path, name) + 7);

        CompilationException e = Assert.Throws<CompilationException>(() =>
        {
            using Image image = Image.Open(path);
            Assert.False(atOpening);
            image.VerifySections();
        });

        Diagnostic only = Assert.Single(e.Diagnostics);
        Assert.Equal(Codes.ImageDamaged, only.Code);
        Assert.Matches($"^the section '{name}' has the hash [0-9a-f]{{64}}; [0-9a-f]{{64}} was expected$", only.Message);
    }

    [Fact]
    public void Every_damaged_section_is_named()
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        Flip(path, Offset(path, "bank.00"));
        Flip(path, Offset(path, "bank.01"));
        Flip(path, Offset(path, "pad.3"));
        using Image image = Image.Open(path);

        IReadOnlyList<Diagnostic> found = Assert.Throws<CompilationException>(() => image.VerifySections()).Diagnostics;

        Assert.Equal(["bank.00", "bank.01", "pad.3"], found.Select(d => d.Message.Split('\'')[1]));
    }

    [Fact]
    public void Every_flipped_bit_is_found()
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        byte[] valid = File.ReadAllBytes(path);
        Random random = new(1);
        for (int round = 0; round < 2000; round++)
        {
            // Half of the flips go into header and manifest, where more can go wrong.
            long at = random.Next(round % 2 == 0 ? 4096 : valid.Length);
            byte[] bytes = [.. valid];
            bytes[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bytes);

            CompilationException e = Assert.Throws<CompilationException>(() => OpenAndVerify(path));

            Assert.Contains(e.Diagnostics[0].Code, (string[])[Codes.ImageDamaged, Codes.ImageForeign]);
        }
    }

    [Fact]
    public void Every_truncation_is_found()
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        byte[] valid = File.ReadAllBytes(path);
        for (int length = 0; length < valid.Length; length += 97)
        {
            File.WriteAllBytes(path, valid[..length]);
            Assert.Throws<CompilationException>(() => OpenAndVerify(path));
        }

        File.WriteAllBytes(path, [.. valid, 0]);
        Assert.Throws<CompilationException>(() => OpenAndVerify(path));
        File.WriteAllBytes(path, valid);
        OpenAndVerify(path);
    }

    /// <summary>Whoever changes a header can also compute its hash; it has to fit the file nevertheless.</summary>
    [Theory]
    [InlineData("\"bank.01\":{", "\"bank.02\":{", "the section 'bank.01' is missing")]
    [InlineData("\\\"bytes\\\":4032", "\\\"bytes\\\":4033", "the section 'bank.01' has 4032 bytes; 4033 bytes were expected")]
    [InlineData("\\\"bytes\\\":4032", "\\\"bytes\\\": 4032", "the header is not the one that the manifest calls for")]
    [InlineData("\\\"name\\\":\\\"tables\\\"", "\\\"name\\\":\\\"pad.1\\\"", "'pad.1' cannot be the name of a section")]
    [InlineData("{\\\"bytes\\\":0,", "{\\\"bytes\\\":9223372036854775807,", "the section 'symbols' has 0 bytes")]
    [InlineData("\"dtype\":\"U8\"", "\"dtype\":\"I8\"", "the header is not the one that the manifest calls for")]
    [InlineData("\"flightc.sha256\"", "\"flightc.sha257\"", "the header lacks 'flightc' or 'flightc.sha256'")]
    public void A_forged_header_is_refused(string old, string changed, string message)
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        Rewrite(path, header => ReplaceLast(header, old, changed));

        CompilationException e = Assert.Throws<CompilationException>(() => OpenAndVerify(path));

        Assert.Equal(Codes.ImageDamaged, e.Diagnostics[0].Code);
        Assert.StartsWith(message, e.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exchanged_sections_are_refused()
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        Rewrite(path, header => header
            .Replace("\"bank.00\":{", "\"x\":{", StringComparison.Ordinal)
            .Replace("\"bank.01\":{", "\"bank.00\":{", StringComparison.Ordinal)
            .Replace("\"x\":{", "\"bank.01\":{", StringComparison.Ordinal));

        Assert.Contains(
            "the section 'bank.00' has 4032 bytes; 12288 bytes were expected",
            Assert.Throws<CompilationException>(() => OpenAndVerify(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(17L << 20)]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    public void A_huge_header_is_refused_unread(long length)
    {
        using TemporaryFolder folder = new();
        string path = ImageSample.Write(folder["a.flight"]);
        byte[] bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        File.WriteAllBytes(path, bytes);

        CompilationException e = Assert.Throws<CompilationException>(() => OpenAndVerify(path));

        Assert.Equal($"the header claims {(ulong)length} bytes; an image has at most 16777216", e.Diagnostics[0].Message);
    }

    private static void OpenAndVerify(string path)
    {
        using Image image = Image.Open(path);
        image.VerifySections();
    }

    private static string ReplaceLast(string text, string old, string changed)
    {
        int at = text.LastIndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{old} is not in the header");
        return text[..at] + changed + text[(at + old.Length)..];
    }

    private static void Flip(string path, long offset)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        int value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 4));
    }

    private static long Offset(string path, string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.True(file.TryGet(name, out SafetensorsTensor tensor));
        return file.DataOffset + tensor.Begin;
    }

    /// <summary>Changes the header and makes length and hash fit again.</summary>
    private static void Rewrite(string path, Func<string, string> change)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        byte[] data = bytes[(8 + length)..];
        string header = change(Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        int begin = header.IndexOf("\"flightc\":", StringComparison.Ordinal) + 10;
        int end = header.IndexOf(",\"flightc.sha25", StringComparison.Ordinal);
        string manifest = System.Text.Json.JsonSerializer.Deserialize<string>(header[begin..end])!;
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(manifest)));
        int hashAt = header.IndexOf("\":\"", end, StringComparison.Ordinal) + 3;
        header = header[..hashAt] + hash + header[(hashAt + 64)..];
        byte[] framed = new byte[length + 8];
        framed.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(framed, length);
        Encoding.UTF8.GetBytes(header).CopyTo(framed, 8);
        File.WriteAllBytes(path, [.. framed, .. data]);
    }
}
