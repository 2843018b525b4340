using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>Writes a safetensors file of binary32 tensors, one after another, so that no more than one need be held.</summary>
internal static class TensorFileWriter
{
    // Data begin where vectors can be loaded from.
    private const int Alignment = 64;
    private const int PieceElements = 1 << 20;

    /// <summary>Writes a file under another name and renames it.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="partial">The other name, in the same file system.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="CompilationException">It cannot be written (FLC9002).</exception>
    public static void Write(string path, string partial, Action<Stream> write)
    {
        try
        {
            using (FileStream file = new(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Discard(partial);
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write the statistics: {e.Message}", path, "free space, or name another place", e);
        }
        catch
        {
            Discard(partial);
            throw;
        }
    }

    /// <summary>Writes the content of a file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="metadata">What the header says of the whole, in this order.</param>
    /// <param name="tensors">Names and shapes, in the order of the file.</param>
    /// <param name="read">The elements of a tensor.</param>
    public static void Write(
        Stream stream, IEnumerable<(string Key, string Value)> metadata, IReadOnlyList<(string Name, int[] Shape)> tensors,
        Func<string, float[]> read)
    {
        stream.Write(Header(metadata, tensors));
        foreach ((string name, int[] _) in tensors)
        {
            WriteElements(stream, read(name));
        }
    }

    /// <summary>Writes elements.</summary>
    public static void WriteElements(Stream stream, float[] elements)
    {
        // In pieces, since a span of bytes has no more than 2^31.
        for (int start = 0; start < elements.Length; start += PieceElements)
        {
            stream.Write(MemoryMarshal.AsBytes(elements.AsSpan(start, Math.Min(PieceElements, elements.Length - start))));
        }
    }

    /// <summary>What is before the data: the length of the JSON, the JSON, and spaces.</summary>
    /// <param name="metadata">What it says of the whole, in this order.</param>
    /// <param name="tensors">Names and shapes, in the order of the file.</param>
    public static byte[] Header(IEnumerable<(string Key, string Value)> metadata, IReadOnlyList<(string Name, int[] Shape)> tensors)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            foreach ((string key, string value) in metadata)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
            long offset = 0;
            foreach ((string name, int[] shape) in tensors)
            {
                long end = offset + (shape.Aggregate(1L, (product, size) => product * size) * sizeof(float));
                writer.WriteStartObject(name);
                writer.WriteString("dtype", "F32");
                WriteNumbers(writer, "shape", shape.Select(size => (long)size));
                WriteNumbers(writer, "data_offsets", [offset, end]);
                writer.WriteEndObject();
                offset = end;
            }

            writer.WriteEndObject();
        }

        long padded = (json.Length + sizeof(long) + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[padded];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, padded - sizeof(long));
        json.GetBuffer().AsSpan(0, (int)json.Length).CopyTo(header.AsSpan(sizeof(long)));
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(key);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static void Discard(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made us stop is worth more to the user than this.
        }
    }
}
