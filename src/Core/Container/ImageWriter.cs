using Flightc.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Flightc.Container;

/// <summary>Writes an image: all its sections at once if need be, each from front to back.</summary>
/// <remarks>
/// The lengths of sections are known before and their hashes only afterwards. So room for the header is left,
/// made for a manifest with <see cref="ImageManifest.UnknownHash"/>, and it is written last, when everything
/// is known. Until then the file has another name beside its own and begins with zeros; <see cref="Commit"/>
/// renames it. <see cref="Dispose"/> without it deletes the file. Different sections can be written by
/// different threads. The bytes depend on what is written alone.
/// </remarks>
public sealed class ImageWriter : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly SafeFileHandle _file;
    private readonly ImageManifest _manifest;
    private readonly long _dataOffset;
    private readonly List<SectionStream> _sections = [];
    private bool _isCommitted;

    private ImageWriter(string path, ImageManifest manifest)
    {
        _path = path;
        _manifest = manifest;
        _temporary = PartialFiles.NameFor(path);
        _dataOffset = ImageLayout.DataOffset(ImageLayout.Header(manifest));
        long offset = _dataOffset;
        List<(string Name, long Start, long Bytes)> places = [];
        foreach ((string name, long bytes) in ImageLayout.Tensors(manifest.Sections.Select(s => (s.Name, s.Bytes))))
        {
            places.Add((name, offset, bytes));
            offset = checked(offset + bytes);
        }

        // Space is claimed at once, so that a full disk shows before hours of work; it reads as zeros, which
        // is what padding is.
        _file = File.OpenHandle(
            _temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.None, offset);
        try
        {
            RandomAccess.SetLength(_file, offset);
        }
        catch
        {
            Dispose();
            throw;
        }

        _sections.AddRange(
            places.Where(p => ImageLayout.IsSectionName(p.Name)).Select(
                p => new SectionStream(_file, path, p.Name, p.Start, p.Bytes)));
    }

    /// <summary>Begins an image.</summary>
    /// <param name="path">Where it is to be. What is there stays until <see cref="Commit"/>.</param>
    /// <param name="manifest">What is known of it; its own sections are not looked at.</param>
    /// <param name="sections">Names and lengths of the sections, in the order of the file.</param>
    /// <exception cref="CompilationException">The file cannot be written, or there is no room for it
    /// (FLC9002).</exception>
    public static ImageWriter Create(
        string path, ImageManifest manifest, IReadOnlyList<(string Name, long Bytes)> sections)
    {
        foreach ((string name, long length) in sections)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(sections));
            if (!ImageLayout.IsSectionName(name) || sections.Count(s => s.Name == name) > 1)
            {
                throw new ArgumentException(
                    $"'{name}' cannot be the name of a section, or is the name of two", nameof(sections));
            }
        }

        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new CompilationException(Codes.CannotWrite, "cannot write the image: this is a folder", path);
        }

        // What a killed process left may be what fills the disk. Not every file system can claim space.
        PartialFiles.RemoveAbandoned(full);
        double bytes = sections.Sum(s => (double)s.Bytes);
        if (FreeBytes(full) is { } free && free < bytes)
        {
            throw new CompilationException(
                Codes.CannotWrite, FormattableString.Invariant($"cannot write the image: it takes {bytes:F0} bytes, and {free} are free"), path,
                "free some space, or name another place with -o");
        }

        ImageManifest sized = manifest with
        {
            Sections = [.. sections.Select(s => new ManifestSection(s.Name, s.Bytes, ImageManifest.UnknownHash))],
        };
        try
        {
            return new ImageWriter(full, sized);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CannotWrite(path, e);
        }
    }

    /// <summary>A section, to be written from front to back. It need not be closed.</summary>
    /// <remarks>Writing throws <see cref="CompilationException"/> (FLC9002) when the disk is full, and
    /// <see cref="InvalidOperationException"/> past the section's length.</remarks>
    public Stream Section(string name) =>
        _sections.Find(s => s.Name == name) ?? throw new ArgumentException(
            $"no section is called '{name}'", nameof(name));

    /// <summary>Writes a whole section.</summary>
    public void Write(string name, ReadOnlySpan<byte> bytes) => Section(name).Write(bytes);

    /// <summary>Ends the image and gives it its name.</summary>
    /// <param name="final">The manifest where it differs from that of <see cref="Create"/>: hashes and
    /// numbers that were not known.</param>
    /// <returns>The manifest that the image holds.</returns>
    /// <exception cref="InvalidOperationException">A section is not full, or the manifest has outgrown the
    /// room that was left for it.</exception>
    /// <exception cref="CompilationException">The file cannot be written (FLC9002).</exception>
    public ImageManifest Commit(ImageManifest? final = null)
    {
        ImageManifest manifest = (final ?? _manifest) with
        {
            Sections = [.. _sections.Select(s => new ManifestSection(s.Name, s.Length, s.Finish()))],
        };
        byte[] header = ImageLayout.Header(manifest);
        if (ImageLayout.LengthBytes + header.Length > _dataOffset)
        {
            throw new InvalidOperationException("the manifest has outgrown the room that was left for it");
        }

        try
        {
            RandomAccess.Write(_file, ImageLayout.Framed(header, _dataOffset), 0);
            _file.Dispose();
            File.Move(_temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(_path, e);
        }

        _isCommitted = true;
        return manifest;
    }

    /// <summary>Deletes what was written unless it was committed.</summary>
    public void Dispose()
    {
        _file.Dispose();
        foreach (SectionStream section in _sections)
        {
            section.Dispose();
        }

        if (_isCommitted)
        {
            return;
        }

        try
        {
            File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made us stop is worth more to the user than this.
        }
    }

    internal static CompilationException CannotWrite(string path, Exception e) =>
        new(
            Codes.CannotWrite, $"cannot write the image: {e.Message}", path,
            "free some space, or name another place with -o", e);

    // Null where nobody knows.
    private static long? FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
