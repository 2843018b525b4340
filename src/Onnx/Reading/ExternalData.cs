using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>The files beside a model that hold data of its tensors; each is mapped once.</summary>
/// <remarks>
/// A location is a relative path with <c>/</c> between its names. It cannot leave the folder of the model: absolute paths, <c>..</c>, backslashes (a separator on
/// some systems, a letter on others) and drive letters are refused as written, and so are symbolic links that lead out. Two folders count as the model's: the one it was
/// named in, and the one in which it really lies where its own name is a link, as in the cache of the Hugging Face hub.
/// Only the length of a file is looked at; data are read when they are needed.
/// </remarks>
internal sealed class ExternalData : IDisposable
{
    private readonly string? _folder;
    private readonly string[] _roots = [];
    private readonly Dictionary<string, ByteSource> _sources = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _checksums = new(StringComparer.Ordinal);

    /// <summary>Files beside a model.</summary>
    /// <param name="modelPath">The model; null where it is no file and so has none beside it.</param>
    /// <exception cref="CompilationException">Its folder cannot be found (FLC1001).</exception>
    public ExternalData(string? modelPath)
    {
        if (modelPath is null)
        {
            return;
        }

        try
        {
            string full = Path.GetFullPath(modelPath);
            _folder = RealPath.Of(Path.GetDirectoryName(full) ?? full);
            _roots = [_folder, Path.GetDirectoryName(RealPath.Of(full)) ?? _folder];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(Codes.FileNotReadable, $"cannot read the file: {e.Message}", modelPath, "", e);
        }
    }

    /// <summary>SHA-1 checksums that the model states, by the real path of the file.</summary>
    public IReadOnlyDictionary<string, string> Checksums => _checksums;

    /// <summary>The data of a tensor.</summary>
    /// <param name="entries">Its <c>external_data</c>.</param>
    /// <param name="byteCount">Bytes that type and shape take.</param>
    /// <param name="tensor">Its name, for messages.</param>
    /// <param name="problems">What stands in the way (FLC1503).</param>
    /// <returns>Null where there is a problem.</returns>
    public ITensorBytes? Find(IReadOnlyList<(string Key, string Value)> entries, long byteCount, string tensor, Problems problems)
    {
        string? location = null;
        string? offsetText = null;
        string? lengthText = null;
        string? checksum = null;
        foreach ((string key, string value) in entries)
        {
            switch (key)
            {
                case "location":
                    location = value;
                    break;
                case "offset":
                    offsetText = value;
                    break;
                case "length":
                    lengthText = value;
                    break;
                case "checksum":
                    checksum = value;
                    break;
            }
        }

        string who = $"the external data of tensor '{Excerpt.Of(tensor)}'";
        if (string.IsNullOrEmpty(location))
        {
            problems.Error(Codes.OnnxExternalData, $"{who} name no file (location)");
            return null;
        }

        long offset = 0;
        long length = byteCount;
        if ((offsetText is not null && !TryNumber(offsetText, out offset)) || (lengthText is not null && !TryNumber(lengthText, out length)))
        {
            problems.Error(
                Codes.OnnxExternalData, $"{who} have offset '{Excerpt.Of(offsetText ?? "")}' and length '{Excerpt.Of(lengthText ?? "")}'; numbers of 0 to 2^63 - 1 are wanted");
            return null;
        }

        if (length != byteCount)
        {
            problems.Error(Codes.OnnxExternalData, $"{who} have {length} bytes; type and shape take {byteCount}");
            return null;
        }

        if (Refusal(location) is { } refusal)
        {
            problems.Error(Codes.OnnxExternalData, $"{who} are said to be in '{Excerpt.Of(location)}', {refusal}", "a model can only have data in its own folder");
            return null;
        }

        return _folder is null
            ? Fail(problems, $"{who} are in the file '{Excerpt.Of(location)}', but the model is no file itself")
            : Open(Path.Combine(_folder, location), location, offset, length, checksum, who, problems);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ByteSource source in _sources.Values)
        {
            source.Dispose();
        }
    }

    private RangeBytes? Open(string path, string location, long offset, long length, string? checksum, string who, Problems problems)
    {
        string shown = Excerpt.Of(location);
        try
        {
            string real = RealPath.Of(path);
            if (!_roots.Any(root => IsWithin(root, real)))
            {
                return Fail(problems, $"{who} are said to be in '{shown}', a symbolic link that leaves the model's folder", "put the file itself beside the model");
            }

            if (Directory.Exists(real))
            {
                return Fail(problems, $"{who} are said to be in '{shown}', which is a folder");
            }

            if (!File.Exists(real))
            {
                return Fail(problems, $"{who} are in the file '{shown}', which is not beside the model", $"fetch '{shown}' from where the model came from");
            }

            // Looked at before the file is opened: to open a pipe would wait for its other end. Pipes and devices have no length.
            long size = new FileInfo(real).Length;
            if (offset > size || length > size - offset)
            {
                return Fail(
                    problems, $"{who} are bytes {offset} to {(UInt128)offset + (UInt128)length} of '{shown}', which has {size}",
                    $"'{shown}' is cut short or of another model: fetch it again");
            }

            if (length == 0)
            {
                return new RangeBytes(new ByteRange(new MemorySource(default), 0, 0));
            }

            if (!_sources.TryGetValue(real, out ByteSource? source))
            {
                source = MappedSource.Open(real);
                _sources.Add(real, source);
            }

            if (checksum is not null)
            {
                _checksums[real] = checksum;
            }

            // The file may have been changed since its length was looked at.
            return offset <= source.Length && length <= source.Length - offset
                ? new RangeBytes(new ByteRange(source, offset, length))
                : Fail(problems, $"{who} are in '{shown}', which is being changed");
        }
        catch (CompilationException e)
        {
            return Fail(problems, $"{who} are in the file '{shown}', which cannot be read: {e.Diagnostics[0].Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Fail(problems, $"{who} are in the file '{shown}', which cannot be read: {Excerpt.Of(e.Message)}");
        }
    }

    // Why a location cannot be followed as it is written, or null.
    private static string? Refusal(string location)
    {
        if (location.Contains('\\', StringComparison.Ordinal))
        {
            return "which has a backslash; names are separated by '/'";
        }

        if (location[0] == '/' || (location.Length > 1 && location[1] == ':'))
        {
            return "an absolute path";
        }

        return location.Split('/').Contains("..") ? "which has '..'" : location.Any(char.IsControl) ? "which has control characters" : null;
    }

    private static bool IsWithin(string root, string path) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static bool TryNumber(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static RangeBytes? Fail(Problems problems, string message, string help = "")
    {
        problems.Error(Codes.OnnxExternalData, message, help);
        return null;
    }
}
