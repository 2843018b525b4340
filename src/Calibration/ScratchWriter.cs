using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Flightc.Calibration;

/// <summary>
/// Writes a file of binary32 numbers with their SHA-256 behind them. It has its name when it is committed; until then it has another, and
/// disposing deletes it.
/// </summary>
internal sealed class ScratchWriter : IDisposable
{
    /// <summary>Ends the names of files that are not committed.</summary>
    public const string Unfinished = ".partial";

    private const int PieceElements = 1 << 18;
    private const int BufferBytes = 1 << 20;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isCommitted;

    /// <param name="path">The name when it is committed.</param>
    public ScratchWriter(string path)
    {
        _path = path;
        _file = new FileStream(path + Unfinished, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
    }

    /// <summary>Appends numbers.</summary>
    public void Write(ReadOnlySpan<float> values)
    {
        // In pieces, since a span of bytes has no more than 2^31.
        while (!values.IsEmpty)
        {
            ReadOnlySpan<byte> piece = MemoryMarshal.AsBytes(values[..Math.Min(PieceElements, values.Length)]);
            _hash.AppendData(piece);
            _file.Write(piece);
            values = values[(piece.Length / sizeof(float))..];
        }
    }

    /// <summary>Gives the file its name. The disk may lag behind: should power fail, the hash tells.</summary>
    public void Commit()
    {
        _file.Write(_hash.GetHashAndReset());
        _file.Dispose();
        File.Move(_path + Unfinished, _path, overwrite: true);
        _isCommitted = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
        if (_isCommitted)
        {
            return;
        }

        try
        {
            File.Delete(_path + Unfinished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made us stop is worth more to the user than this.
        }
    }
}
