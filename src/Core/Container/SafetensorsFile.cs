using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Flightc.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Flightc.Container;

/// <summary>
/// A safetensors file, mapped into memory and checked against every rule of its format when it is opened.
/// </summary>
/// <remarks>
/// Layout: 8 bytes little-endian header length, JSON header, data. Only the header is read at opening; data
/// come from the page cache when they are touched. Spans and pointers are valid until <see cref="Dispose"/>;
/// the file must not be truncated by others meanwhile. Values are not looked at: NaN and infinity are the
/// reader's concern.
/// </remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    /// <summary>The format's own limit for the JSON header, in bytes.</summary>
    public const long MaxHeaderLength = 100_000_000;

    private const int LengthBytes = 8;

    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsTensor> _byName = new(StringComparer.Ordinal);
    private byte* _bytes;

    private SafetensorsFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        Length = length;
        _mapping = MemoryMappedFile.CreateFromFile(
            handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        _bytes += _view.PointerOffset;
    }

    /// <summary>The path given to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>
    /// Where the data begin, in bytes from the start of the file; what tensors' offsets are added to.
    /// </summary>
    public long DataOffset { get; private set; }

    /// <summary>The JSON of the header, with the spaces that may fill it up.</summary>
    public ReadOnlySpan<byte> Header
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return new ReadOnlySpan<byte>(_bytes + LengthBytes, (int)(DataOffset - LengthBytes));
        }
    }

    /// <summary>All tensors, by rising offset; they cover the data without hole or overlap.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; private set; } = [];

    /// <summary>The header's <c>__metadata__</c> in ordinal order of the keys; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new SortedDictionary<string, string>();

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.FileNotReadable"/> or <see cref="Codes.SafetensorsInvalid"/>.
    /// </exception>
    public static SafetensorsFile Open(string path)
    {
        SafetensorsFile? file = null;
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            long length = RandomAccess.GetLength(handle);
            if (length < LengthBytes)
            {
                throw Invalid(path, $"the file has {length} bytes; a header length of {LengthBytes} bytes is wanted");
            }

            file = new SafetensorsFile(path, handle, length);
            file.ReadHeader();
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            file?.Dispose();
            handle?.Dispose();
            throw new CompilationException(Codes.FileNotReadable, $"cannot read the file: {e.Message}", path, "", e);
        }
        catch
        {
            file?.Dispose();
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by its name in the header.</summary>
    public bool TryGet(string name, out SafetensorsTensor tensor)
    {
        bool found = _byName.TryGetValue(name, out SafetensorsTensor? known);
        tensor = known!;
        return found;
    }

    /// <summary>
    /// The first byte of a tensor of this file, followed by <see cref="SafetensorsTensor.ByteLength"/> - 1
    /// more.
    /// </summary>
    /// <remarks>Not aligned. Valid until <see cref="Dispose"/>.</remarks>
    public byte* Pointer(SafetensorsTensor tensor)
    {
        ObjectDisposedException.ThrowIf(_bytes is null, this);
        if (!TryGet(tensor.Name, out SafetensorsTensor own) || !ReferenceEquals(own, tensor))
        {
            throw new ArgumentException($"the tensor '{tensor.Name}' is not of the file {Path}", nameof(tensor));
        }

        return _bytes + DataOffset + tensor.Begin;
    }

    /// <summary>Bytes of a tensor of this file.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="byteOffset">From the tensor's first byte.</param>
    /// <param name="byteCount">At most 2^31 - 1, the limit of a span; larger tensors are read in pieces.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    public ReadOnlySpan<byte> Span(SafetensorsTensor tensor, long byteOffset, int byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteOffset);
        ArgumentOutOfRangeException.ThrowIfNegative(byteCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteOffset, tensor.ByteLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteCount, tensor.ByteLength - byteOffset);
        return new ReadOnlySpan<byte>(Pointer(tensor) + byteOffset, byteCount);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes is not null)
        {
            _bytes = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view.Dispose();
        _mapping.Dispose();
    }

    private void ReadHeader()
    {
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_bytes, LengthBytes));
        if (headerLength > MaxHeaderLength)
        {
            throw Invalid(
                Path,
                $"the header claims {headerLength} bytes; at most {MaxHeaderLength} are allowed",
                "this is probably no safetensors file: a failed download, or a pointer file of git-lfs");
        }

        DataOffset = LengthBytes + (long)headerLength;
        if (DataOffset > Length)
        {
            throw Invalid(
                Path,
                $"the header claims {headerLength} bytes, but only {Length - LengthBytes} follow its length",
                "the file is cut short: fetch it again");
        }

        ReadOnlySpan<byte> json = new(_bytes + LengthBytes, (int)headerLength);
        (List<SafetensorsTensor> tensors, SortedDictionary<string, string> metadata) =
            SafetensorsHeader.Read(json, Length - DataOffset, Path);
        Tensors = tensors;
        Metadata = metadata;
        foreach (SafetensorsTensor tensor in tensors)
        {
            _byName.Add(tensor.Name, tensor);
        }
    }

    private static CompilationException Invalid(string file, string message, string help = "") =>
        SafetensorsHeader.Invalid(file, message, help);
}
