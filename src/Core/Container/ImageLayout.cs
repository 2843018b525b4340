using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Flightc.Container;

/// <summary>Where everything lies in an image, and the header that says so: docs/container.md.</summary>
/// <remarks>
/// Sections begin at multiples of <see cref="Alignment"/> in the file, and at least <see cref="Tail"/> bytes
/// follow each. What is between them is padding, a tensor of its own named <c>pad.N</c>, since a safetensors
/// file cannot have holes. The header has one form for a manifest, so a reader compares it byte by byte.
/// </remarks>
internal static class ImageLayout
{
    /// <summary>A page of memory, so that sections can be mapped and written past the page cache.</summary>
    public const int Alignment = 4096;

    /// <summary>Zero bytes behind every section, so that vector loads may read past its end.</summary>
    public const int Tail = 64;

    /// <summary>Far above the manifest of the largest model, and small enough to read without a thought.</summary>
    public const int MaxHeaderBytes = 16 << 20;

    public const int LengthBytes = 8;
    public const string ManifestKey = "flightc";
    public const string HashKey = "flightc.sha256";

    /// <summary>What every image begins with after the length of the header.</summary>
    public static ReadOnlySpan<byte> Signature => "{\"__metadata__\":{\"flightc\":"u8;

    /// <summary>The JSON of the header, without the spaces that fill it up.</summary>
    public static byte[] Header(ImageManifest manifest)
    {
        string line = manifest.ToLine();
        StringBuilder json = new();
        json.Append("{\"__metadata__\":{\"").Append(ManifestKey).Append("\":").Append(CanonicalJson.Line(line));
        json.Append(",\"").Append(HashKey).Append("\":\"").Append(HashOf(line)).Append("\"}");
        long offset = 0;
        foreach ((string name, long bytes) in Tensors(manifest.Sections.Select(s => (s.Name, s.Bytes))))
        {
            json.Append(',').Append(CanonicalJson.Line(name)).Append(":{\"dtype\":\"U8\",\"shape\":[").Append(bytes);
            json.Append("],\"data_offsets\":[").Append(offset).Append(',').Append(offset + bytes).Append("]}");
            offset += bytes;
        }

        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }

    /// <summary>
    /// Length of the header and what is before it, such that the data begin at a multiple of
    /// <see cref="Alignment"/>.
    /// </summary>
    public static long DataOffset(byte[] header) => RoundUp(LengthBytes + header.Length);

    /// <summary>The sections, each with its padding, in the order of the file.</summary>
    public static IEnumerable<(string Name, long Bytes)> Tensors(IEnumerable<(string Name, long Bytes)> sections)
    {
        int pads = 0;
        foreach ((string name, long bytes) in sections)
        {
            yield return (name, bytes);
            yield return ($"pad.{pads++}", RoundUp(checked(bytes + Tail)) - bytes);
        }
    }

    /// <summary>The header as it stands in the file: its length, the JSON, spaces up to the data.</summary>
    public static byte[] Framed(byte[] header, long dataOffset)
    {
        byte[] framed = new byte[dataOffset];
        BinaryPrimitives.WriteInt64LittleEndian(framed, dataOffset - LengthBytes);
        header.CopyTo(framed, LengthBytes);
        framed.AsSpan(LengthBytes + header.Length).Fill((byte)' ');
        return framed;
    }

    public static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Whether a section is checked at opening; the others can be as large as the model.</summary>
    public static bool IsCheckedAtOpening(string section) =>
        !section.StartsWith("bank.", StringComparison.Ordinal) && section != "tables";

    /// <summary>Whether a section can have this name.</summary>
    public static bool IsSectionName(string name) =>
        name.Length is > 0 and <= 64 && !name.StartsWith("pad.", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-');

    private static long RoundUp(long bytes) => checked(bytes + Alignment - 1) / Alignment * Alignment;
}
