using System.Security.Cryptography;

namespace Flightc.Caching;

/// <summary>Reads the payload of an entry, whose hash is known to be right only behind <see cref="RequireWhole"/>.</summary>
/// <remarks>All faults are <see cref="InvalidDataException"/> with words for people.</remarks>
public sealed class EntryReader : Stream
{
    private const int BufferBytes = 1 << 16;

    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly EntryHeader _header;
    private long _left;
    private bool _isWhole;

    private EntryReader(FileStream file, EntryHeader header, string key)
    {
        (_file, _header, _left, Key) = (file, header, header.PayloadBytes, key);
    }

    /// <summary>The key's text, as the file has it.</summary>
    public string Key { get; }

    /// <summary>Bytes of the payload, as the file has it: not more than the file is long.</summary>
    public long PayloadBytes => _header.PayloadBytes;

    /// <summary>Bytes of the file.</summary>
    public long FileBytes => _header.FileBytes;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => PayloadBytes;

    /// <inheritdoc/>
    public override long Position { get => PayloadBytes - _left; set => throw new NotSupportedException(); }

    /// <summary>Opens an entry and reads its header and key.</summary>
    /// <exception cref="InvalidDataException">It is no entry.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static EntryReader Open(string path)
    {
        // A pipe of that name would never open; it has no length.
        if (new FileInfo(path).Length < EntryHeader.Bytes)
        {
            throw new InvalidDataException("it is no entry of a cache");
        }

        // Others may delete it or put another in its place meanwhile.
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes, FileOptions.SequentialScan);
        try
        {
            byte[] bytes = new byte[EntryHeader.Bytes];
            int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            EntryHeader header = EntryHeader.Read(bytes.AsSpan(0, read), file.Length, out string fault) ?? throw new InvalidDataException(fault);
            byte[] key = new byte[header.KeyBytes];
            file.ReadExactly(key);
            return new EntryReader(file, header, System.Text.Encoding.UTF8.GetString(key));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads what is left of the payload and compares its hash.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public void RequireWhole()
    {
        if (_isWhole)
        {
            return;
        }

        byte[] rest = new byte[(int)Math.Min(_left, BufferBytes)];
        while (_left > 0)
        {
            this.ReadExactly(rest.AsSpan(0, (int)Math.Min(rest.Length, _left)));
        }

        if (!_hash.GetHashAndReset().AsSpan().SequenceEqual(_header.PayloadHash))
        {
            throw new InvalidDataException("its content has not the hash that its header tells");
        }

        _isWhole = true;
    }

    /// <summary>The whole payload, behind its check.</summary>
    /// <param name="most">The most bytes that are accepted.</param>
    /// <exception cref="InvalidDataException">It has more, or is not what was written.</exception>
    public byte[] ReadWhole(int most)
    {
        if (PayloadBytes > most)
        {
            throw new InvalidDataException($"its content has {PayloadBytes} bytes, and at most {most} are possible");
        }

        byte[] payload = new byte[PayloadBytes];
        this.ReadExactly(payload);
        RequireWhole();
        return payload;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = _file.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _hash.AppendData(buffer[..read]);
        _left -= read;
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
