using System.Text;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Tells what a file is that is no ONNX model, by its first bytes.</summary>
public static class OnnxSniffer
{
    private const int HeadBytes = 64;
    private const string FetchAgain = "fetch the model's own file";

    private static readonly (byte[] Start, string What, string Help)[] Known =
    [
        ("version https://git-lfs"u8.ToArray(), "a pointer of Git LFS, not the model itself", "fetch the file with `git lfs pull`, or download it from the hub"),
        ([0x1F, 0x8B], "a gzip archive", "unpack it with `gunzip`"),
        ("PK\x03\x04"u8.ToArray(), "a zip archive (models saved by PyTorch are such)", "unpack it; a PyTorch model has to be exported to ONNX first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive", "unpack it with `zstd -d`"),
        ("BZh"u8.ToArray(), "a bzip2 archive", "unpack it with `bunzip2`"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz archive", "unpack it with `xz -d`"),
        ("GGUF"u8.ToArray(), "a GGUF file of llama.cpp", "take the model as safetensors or ONNX"),
        ("\x93NUMPY"u8.ToArray(), "an array of NumPy", FetchAgain),
        ("\x7fELF"u8.ToArray(), "a program", FetchAgain),
    ];

    /// <summary>What the file is instead of an ONNX model, and what to do; null where it may be one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="Diagnostics.CompilationException">It cannot be read (FLC1001).</exception>
    public static (string What, string Help)? Explain(string path)
    {
        using MappedSource source = MappedSource.Open(path);
        return Explain(source);
    }

    internal static (string What, string Help)? Explain(ByteSource source)
    {
        if (source.Length == 0)
        {
            return ("empty", "fetch it again");
        }

        ReadOnlySpan<byte> head = source.Span(0, (int)Math.Min(HeadBytes, source.Length));
        foreach ((byte[] start, string what, string help) in Known)
        {
            if (head.StartsWith(start))
            {
                return (what, help);
            }
        }

        if (head.Length > 8 && head[4..8].SequenceEqual("ORTM"u8))
        {
            return ("a model in ONNX Runtime's own format (.ort)", "take the .onnx file that it was made of");
        }

        // Eight bytes of length, then JSON: a length that a file can have ends with zeros.
        if (head.Length > 8 && head[8] == '{' && head[5..8].IndexOfAnyExcept((byte)0) < 0)
        {
            return ("a safetensors file", "give the model's folder, with its config.json");
        }

        string text = Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        return text switch
        {
            ['<', '!' or '?', ..] or ['<', 'h' or 'H', ..] => ("a web page, perhaps an error message or a page that asks to log in", "download the model's own file"),
            ['{', ..] or ['[', ..] => ("a text in JSON", FetchAgain),
            _ => null,
        };
    }
}
