using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Flightc.Caching;

/// <summary>The first bytes of an entry's file.</summary>
/// <remarks>
/// <code>
///  0  "FLCACHE\n"
///  8  format version             32 bits, little-endian like all that follows
/// 12  bytes of the key's text    32 bits
/// 16  bytes of the payload       64 bits
/// 24  SHA-256 of the payload
/// 56  the key's text, then the payload, then the end of the file
/// </code>
/// </remarks>
/// <param name="KeyBytes">Length of the key's text.</param>
/// <param name="PayloadBytes">Length of the payload.</param>
/// <param name="PayloadHash">32 bytes.</param>
internal sealed record EntryHeader(int KeyBytes, long PayloadBytes, byte[] PayloadHash)
{
    /// <summary>Bytes of a header.</summary>
    public const int Bytes = 24 + SHA256.HashSizeInBytes;

    private const int VersionAt = 8, KeyAt = 12, PayloadAt = 16, HashAt = 24;

    private static ReadOnlySpan<byte> Magic => "FLCACHE\n"u8;

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes => Bytes + KeyBytes + PayloadBytes;

    /// <summary>Writes the header.</summary>
    /// <param name="to">(<see cref="Bytes"/>)</param>
    public void Write(Span<byte> to)
    {
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[VersionAt..], CacheKey.FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(to[KeyAt..], KeyBytes);
        BinaryPrimitives.WriteInt64LittleEndian(to[PayloadAt..], PayloadBytes);
        PayloadHash.CopyTo(to[HashAt..]);
    }

    /// <summary>Reads a header; null where it is none that a file of so many bytes can have.</summary>
    /// <param name="from">(<see cref="Bytes"/>)</param>
    /// <param name="fileBytes">Length of the file.</param>
    /// <param name="fault">What is wrong, in words.</param>
    public static EntryHeader? Read(ReadOnlySpan<byte> from, long fileBytes, out string fault)
    {
        fault = "";
        if (from.Length < Bytes || !from.StartsWith(Magic))
        {
            fault = "it is no entry of a cache";
            return null;
        }

        int version = BinaryPrimitives.ReadInt32LittleEndian(from[VersionAt..]);
        if (version != CacheKey.FormatVersion)
        {
            fault = $"it has the format {version}, and {CacheKey.FormatVersion} is wanted";
            return null;
        }

        int key = BinaryPrimitives.ReadInt32LittleEndian(from[KeyAt..]);
        long payload = BinaryPrimitives.ReadInt64LittleEndian(from[PayloadAt..]);
        if (key is < 1 or > CacheKey.MostBytes || payload < 0 || payload != fileBytes - Bytes - key)
        {
            fault = $"it has {fileBytes} bytes, and its header tells of a key of {key} and a payload of {payload}";
            return null;
        }

        return new EntryHeader(key, payload, from.Slice(HashAt, SHA256.HashSizeInBytes).ToArray());
    }
}
