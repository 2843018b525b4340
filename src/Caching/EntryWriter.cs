using System.Security.Cryptography;

namespace Flightc.Caching;

/// <summary>Writes an entry under a temporary name: what is written to it is the payload.</summary>
/// <remarks>The file is locked while it is written, so that others can tell it from what a dead process has left.</remarks>
internal sealed class EntryWriter : Stream
{
    private const int BufferBytes = 1 << 16;

    private readonly CacheKey _key;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly string _path;
    private bool _isCommitted;

    /// <param name="key">What the entry is of.</param>
    /// <param name="path">The temporary name; there is no such file.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public EntryWriter(CacheKey key, string path)
    {
        (_key, _path) = (key, path);
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferBytes);
        try
        {
            // The header is not known before the end; a file that ends before has no magic and is no entry.
            _file.Write(new byte[EntryHeader.Bytes]);
            _file.Write(key.Bytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The temporary name.</summary>
    public string PartialPath => _path;

    /// <summary>Bytes of the payload so far.</summary>
    public long PayloadBytes { get; private set; }

    /// <summary>Bytes of the file so far.</summary>
    public long FileBytes => EntryHeader.Bytes + _key.Bytes.Length + PayloadBytes;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Ends the entry and gives it its name.</summary>
    /// <exception cref="IOException">The disk is full, or the folder is gone.</exception>
    public void Commit(string path)
    {
        byte[] header = new byte[EntryHeader.Bytes];
        new EntryHeader(_key.Bytes.Length, PayloadBytes, _hash.GetHashAndReset()).Write(header);
        _file.Position = 0;
        _file.Write(header);
        _file.Flush();
        if (OperatingSystem.IsWindows())
        {
            // Nothing that is open can be renamed there.
            _file.Dispose();
        }

        File.Move(_path, path, overwrite: true);
        _isCommitted = true;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        _file.Write(buffer);
        PayloadBytes += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Deletes what was written unless it was committed.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            try
            {
                if (!_isCommitted)
                {
                    File.Delete(_path);
                }

                _file.Dispose();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What made us stop is worth more; what is left is cleared by the next who looks.
            }

            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
