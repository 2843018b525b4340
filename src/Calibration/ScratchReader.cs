using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Flightc.Calibration;

/// <summary>Reads a file of <see cref="ScratchWriter"/> from front to back.</summary>
/// <param name="path">A committed file.</param>
internal sealed class ScratchReader(string path) : IDisposable
{
    private const int PieceElements = 1 << 18;
    private const int BufferBytes = 1 << 20;

    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);

    /// <summary>The next numbers.</summary>
    public float[] Read(int count)
    {
        float[] values = new float[count];
        for (int start = 0; start < count; start += PieceElements)
        {
            _file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(PieceElements, count - start))));
        }

        return values;
    }

    /// <summary>Whether a file is whole: has that many numbers, and their hash behind them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">Numbers that are expected.</param>
    public static bool IsWhole(string path, long count)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        long length = count * sizeof(float);
        if (file.Length != length + SHA256.HashSizeInBytes)
        {
            return false;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[BufferBytes];
        for (long left = length; left > 0;)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(left, piece.Length));
            file.ReadExactly(part);
            hash.AppendData(part);
            left -= part.Length;
        }

        Span<byte> found = stackalloc byte[SHA256.HashSizeInBytes];
        file.ReadExactly(found);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(found);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
