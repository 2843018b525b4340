using System.Runtime.InteropServices;
using System.Text.Json;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Tests.Container;

public sealed class ImageWriterTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        using TemporaryFolder folder = new();
        using Image image = Image.Open(ImageSample.Write(folder["a.flight"]));

        foreach ((string name, long bytes) in ImageSample.Sections)
        {
            ImageSection section = image.Section(name);
            Assert.Equal(ImageSample.Content(name, bytes), section.Span);
            Assert.Equal(0, section.Start % 4096);
        }

        image.VerifySections();
        Assert.Equal(ImageSample.Manifest.ToString(), (image.Manifest with { Sections = [] }).ToString());
        Assert.Equal(4.0, image.Manifest.BitsPerWeight);
        Assert.Equal(["a.flight"], Directory.GetFiles(folder.Root).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void An_image_is_a_safetensors_file_without_holes()
    {
        using TemporaryFolder folder = new();
        using SafetensorsFile file = SafetensorsFile.Open(ImageSample.Write(folder["a.flight"]));

        Assert.Equal(2 * ImageSample.Sections.Length, file.Tensors.Count);
        Assert.Equal(0, file.DataOffset % 4096);
        Assert.All(file.Tensors, t => Assert.Equal(StoredType.U8, t.Type));
        Assert.All(ImageSample.Sections, s => Assert.True(file.TryGet(s.Name, out SafetensorsTensor t) && t.Begin % 4096 == 0 && t.ByteLength == s.Bytes));
        Assert.All(file.Tensors.Where(t => t.Name.StartsWith("pad.", StringComparison.Ordinal)), t => Assert.InRange(t.ByteLength, 64, 64 + 4095));
        using JsonDocument manifest = JsonDocument.Parse(file.Metadata["flightc"]);
        Assert.Equal("w4", manifest.RootElement.GetProperty("recipe").GetProperty("name").GetString());
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_order_or_size_of_writes_nor_on_threads()
    {
        using TemporaryFolder folder = new();
        string first = ImageSample.Write(folder["a.flight"]);
        string second = folder["b.flight"];

        // The weights' hashes become known last.
        ImageManifest unknown = ImageSample.Manifest with
        {
            Weights = [.. ImageSample.Manifest.Weights.Select(w => w with { Sha256 = ImageManifest.UnknownHash })],
        };
        using (ImageWriter writer = ImageWriter.Create(second, unknown, ImageSample.Sections))
        {
            Parallel.ForEach(ImageSample.Sections.Reverse(), s =>
            {
                byte[] content = ImageSample.Content(s.Name, s.Bytes);
                for (int at = 0; at < content.Length; at += 77)
                {
                    writer.Section(s.Name).Write(content.AsSpan(at, Math.Min(77, content.Length - at)));
                }
            });
            writer.Commit(ImageSample.Manifest);
        }

        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public void What_is_not_committed_leaves_nothing_and_harms_nothing()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.flight", "what was here before");
        using (ImageWriter writer = ImageWriter.Create(path, ImageSample.Manifest, ImageSample.Sections))
        {
            writer.Write("program", ImageSample.Content("program", 1000));
            Assert.Throws<InvalidOperationException>(() => writer.Write("program", [1]));
            Assert.Throws<InvalidOperationException>(() => writer.Commit());
            Assert.Throws<ArgumentException>(() => writer.Section("bank.02"));
        }

        Assert.Equal("what was here before", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Root));
    }

    [Theory]
    [InlineData("none/a.flight")]
    [InlineData("")]
    [InlineData("file/a.flight")]
    public void A_place_that_cannot_be_written_is_an_error_of_the_environment(string name)
    {
        using TemporaryFolder folder = new();
        folder.Write("file", "");
        string path = name.Length == 0 ? folder.Root : folder[name];

        CompilationException e = Assert.Throws<CompilationException>(() => ImageWriter.Create(path, ImageSample.Manifest, ImageSample.Sections));

        Assert.Equal(Codes.CannotWrite, e.Diagnostics[0].Code);
        Assert.Equal(ExitCode.Environment, e.ExitCode);
    }

    [Fact]
    public void A_disk_without_room_is_found_out_before_anything_is_written()
    {
        using TemporaryFolder folder = new();
        string path = folder["a.flight"];

        CompilationException e = Assert.Throws<CompilationException>(
            () => ImageWriter.Create(path, ImageSample.Manifest, [("program", 1), ("bank.00", 1L << 55)]));

        Assert.Equal(Codes.CannotWrite, e.Diagnostics[0].Code);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Theory]
    [InlineData("pad.0")]
    [InlineData("Program")]
    [InlineData("__metadata__\"")]
    [InlineData("program")]
    public void Names_of_sections_are_plain_and_unique(string name)
    {
        using TemporaryFolder folder = new();

        Assert.Throws<ArgumentException>(() => ImageWriter.Create(
            folder["a.flight"], ImageSample.Manifest, [("program", 1), (name, 1)]));
    }

    [Fact]
    public void Sections_above_2_GiB_are_one_region_each_in_an_image_above_4_GiB()
    {
        using TemporaryFolder folder = new();
        string path = folder["a.flight"];
        const long Zeros = 2L << 30;
        const long Bytes = Zeros + 5;
        string[] banks = ["bank.00", "bank.01"];
        Assert.SkipWhen(new DriveInfo(folder.Root).AvailableFreeSpace < 3 * Bytes, "needs 6 GiB of disk");
        byte[] piece = new byte[1 << 20];
        using (ImageWriter writer = ImageWriter.Create(path, ImageSample.Manifest, [("program", 3), ("bank.00", Bytes), ("bank.01", Bytes), ("tables", 2)]))
        {
            writer.Write("program", [1, 2, 3]);
            Parallel.ForEach(banks, bank =>
            {
                for (long at = 0; at < Zeros; at += piece.Length)
                {
                    writer.Write(bank, piece);
                }

                writer.Write(bank, [4, 5, 6, 7, 8]);
            });
            writer.Write("tables", [9, 10]);
            writer.Commit();
        }

        Assert.InRange(new FileInfo(path).Length, 1L << 32, 3 * Bytes);
        using Image image = Image.Open(path);
        foreach (string name in banks)
        {
            ImageSection bank = image.Section(name);
            Assert.Equal(Bytes, bank.Length);
            Assert.Equal(8, Marshal.ReadByte((nint)(bank.Start + Bytes - 1)));
            Assert.Throws<OverflowException>(() => bank.Span.Length);
        }

        Assert.Equal([9, 10], image.Section("tables").Span.ToArray());
        image.VerifySections();
    }
}
