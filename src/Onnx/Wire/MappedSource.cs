using System.IO.MemoryMappedFiles;
using Flightc.Diagnostics;

namespace Flightc.Onnx.Wire;

/// <summary>A file mapped into memory: bytes come from the page cache when they are touched, whatever the size of the file.</summary>
/// <remarks>Spans are valid until <see cref="Dispose"/>; the file must not be truncated by others meanwhile.</remarks>
internal sealed unsafe class MappedSource : ByteSource
{
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _bytes;
    private bool _isDisposed;

    private MappedSource(FileStream stream)
    {
        Length = stream.Length;
        if (Length == 0)
        {
            // Nothing cannot be mapped.
            return;
        }

        // The view lives on without file and mapping, so a model of thousands of files does not hold thousands of handles.
        using MemoryMappedFile mapping =
            MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        _bytes += _view.PointerOffset;
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="CompilationException">It cannot be read, or is no file that has a length (FLC1001).</exception>
    public static MappedSource Open(string path)
    {
        using FileStream stream = InputFile.Open(path, "file", "an .onnx file");
        try
        {
            return stream.CanSeek
                ? new MappedSource(stream)
                : throw new CompilationException(Codes.FileNotReadable, "this is a pipe or a device; a file is wanted", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CompilationException(Codes.FileNotReadable, $"cannot read the file: {e.Message}", path, "", e);
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Span(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Require(offset, count);
        return new ReadOnlySpan<byte>(_bytes + offset, count);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }
}
