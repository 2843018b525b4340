using System.Text;
using Flightc.Diagnostics;
using Flightc.Onnx.Reading;

namespace Flightc.Tests.Onnx.Reading;

public sealed class OnnxSnifferTests
{
    public static TheoryData<string, byte[], string> Others() => new()
    {
        { "nothing", [], "empty" },
        { "a pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"u8.ToArray(), "Git LFS" },
        { "gzip", [0x1F, 0x8B, 8, 0], "gzip" },
        { "zip", "PK\x03\x04"u8.ToArray(), "zip" },
        { "zstd", [0x28, 0xB5, 0x2F, 0xFD, 0], "zstd" },
        { "xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz" },
        { "bzip2", "BZh9"u8.ToArray(), "bzip2" },
        { "llama.cpp", "GGUF\x03"u8.ToArray(), "GGUF" },
        { "a page", "<!DOCTYPE html>"u8.ToArray(), "web page" },
        { "a page after blanks", "\r\n  <html lang=en>"u8.ToArray(), "web page" },
        { "JSON", Encoding.UTF8.GetBytes("{\"error\": \"not found\"}"), "JSON" },
        { "safetensors", [16, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"'], "safetensors" },
        { "ONNX Runtime", [24, 0, 0, 0, .. "ORTM"u8, 0, 0], ".ort" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void Other_files_are_told_by_their_first_bytes(string what, byte[] bytes, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("m.onnx", bytes);

        (string What, string Help)? explained = OnnxSniffer.Explain(path);
        CompilationException refused = Assert.Throws<CompilationException>(() => OnnxReader.Read(path));

        Assert.True(explained is { } e && e.What.Contains(message, StringComparison.Ordinal), $"{what}: {explained}");
        Assert.NotEmpty(explained!.Value.Help);
        Assert.Equal(Codes.OnnxInvalid, Assert.Single(refused.Diagnostics).Code);
    }

    [Fact]
    public void A_model_is_taken_for_one()
    {
        using TemporaryFolder folder = new();

        Assert.Null(OnnxSniffer.Explain(folder.Write("m.onnx", Google.Protobuf.MessageExtensions.ToByteArray(Models.Product()))));
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_not_readable()
    {
        using TemporaryFolder folder = new();

        foreach (string path in (string[])[folder["none.onnx"], folder.Root])
        {
            Assert.Equal(Codes.FileNotReadable, Assert.Single(Assert.Throws<CompilationException>(() => OnnxReader.Read(path)).Diagnostics).Code);
        }
    }
}
