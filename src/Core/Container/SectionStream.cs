using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Flightc.Container;

/// <summary>Writes one section of an image to its place, and hashes it on the way.</summary>
internal sealed class SectionStream(SafeFileHandle file, string path, string name, long start, long length) : Stream
{
    // Packers write tiles of about a kilobyte; this makes a system call of every hundred of them.
    private const int BufferBytes = 128 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[]? _buffer;
    private int _buffered;
    private long _written;

    public string Name => name;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position
    {
        get => _written + _buffered;
        set => throw new NotSupportedException();
    }

    /// <summary>Requires that the section is full, and gives its hash.</summary>
    public string Finish()
    {
        if (Position != length)
        {
            throw new InvalidOperationException($"the section '{name}' has {Position} of its {length} bytes");
        }

        Flush();
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > length - Position)
        {
            throw new InvalidOperationException(
                $"the section '{name}' has {length} bytes; {Position} and {buffer.Length} more do not fit");
        }

        if (buffer.Length > BufferBytes - _buffered)
        {
            Flush();
        }

        if (buffer.Length >= BufferBytes)
        {
            WriteThrough(buffer);
            return;
        }

        _buffer ??= new byte[BufferBytes];
        buffer.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        if (_buffered > 0)
        {
            int count = _buffered;
            _buffered = 0;
            WriteThrough(_buffer.AsSpan(0, count));
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // Streams are often put into a using by those they are handed to; the hash lives until the writer goes.
    protected override void Dispose(bool disposing)
    {
        if (disposing && file.IsClosed)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void WriteThrough(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        try
        {
            // A new file reads as zeros: padding, and what a sparse model leaves out, need not be copied.
            if (bytes.ContainsAnyExcept((byte)0))
            {
                RandomAccess.Write(file, bytes, start + _written);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ImageWriter.CannotWrite(path, e);
        }

        _written += bytes.Length;
    }
}
