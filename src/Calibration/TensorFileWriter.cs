using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
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

    /// <summary>Writes the file beside its place and renames it.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="metadata">What the header says of the whole, in this order.</param>
    /// <param name="tensors">Names and shapes, in the order of the file.</param>
    /// <param name="read">The elements of a tensor.</param>
    /// <exception cref="CompilationException">It cannot be written (FLC9002).</exception>
    public static void Write(
        string path, IEnumerable<(string Key, string Value)> metadata, IReadOnlyList<(string Name, int[] Shape)> tensors,
        Func<string, float[]> read)
    {
        string partial = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            using (FileStream file = new(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                byte[] header = Header(metadata, tensors);
                Span<byte> length = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                file.Write(length);
                file.Write(header);
                foreach ((string name, int[] _) in tensors)
                {
                    WriteElements(file, read(name));
                }

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

    private static byte[] Header(IEnumerable<(string Key, string Value)> metadata, IReadOnlyList<(string Name, int[] Shape)> tensors)
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
        string spaces = new(' ', (int)(padded - sizeof(long) - json.Length));
        json.Write(Encoding.UTF8.GetBytes(spaces));
        return json.ToArray();
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

    // In pieces, since a span of bytes has no more than 2^31.
    private static void WriteElements(FileStream file, float[] elements)
    {
        for (int start = 0; start < elements.Length; start += PieceElements)
        {
            file.Write(MemoryMarshal.AsBytes(elements.AsSpan(start, Math.Min(PieceElements, elements.Length - start))));
        }
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
