using System.Buffers.Binary;
using System.Security.Cryptography;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Container;

/// <summary>
/// The fourth artefact: one file with program, memory of every channel, tables, tokenizer and manifest,
/// mapped into memory.
/// </summary>
/// <remarks>
/// A valid safetensors file, see docs/container.md. At opening everything is checked but the contents of the
/// large sections, which are read when they are used: <see cref="VerifySections"/> checks those. Nothing may
/// change the file while it is open.
/// </remarks>
public sealed unsafe class Image : IDisposable
{
    // Hashing takes spans; any size well above the cost of a call will do.
    private const int HashPiece = 1 << 24;

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, ImageSection> _sections = new(StringComparer.Ordinal);

    private Image(SafetensorsFile file, ImageManifest manifest)
    {
        _file = file;
        Manifest = manifest;
        foreach (ManifestSection section in manifest.Sections)
        {
            _ = file.TryGet(section.Name, out SafetensorsTensor tensor);
            _sections.Add(
                section.Name, new ImageSection(section.Name, (nint)file.Pointer(tensor), tensor.ByteLength));
        }
    }

    /// <summary>The path it was opened by.</summary>
    public string Path => _file.Path;

    /// <summary>Bytes of the whole file.</summary>
    public long Length => _file.Length;

    /// <summary>What the image says of itself.</summary>
    public ImageManifest Manifest { get; }

    /// <summary>The SHA-256 of the manifest, which holds those of all sections: it identifies the image.</summary>
    public string Identity => _file.Metadata[ImageLayout.HashKey];

    /// <summary>Maps an image and checks its header, its manifest and its small sections.</summary>
    /// <exception cref="CompilationException">
    /// It cannot be read (FLC1001), is no image (FLC4003), is of another version (FLC4004), or is damaged (FLC4005).
    /// </exception>
    public static Image Open(string path)
    {
        RequireSignature(path);
        SafetensorsFile file = OpenContainer(path);
        try
        {
            Image image = new(file, ReadManifest(file));
            DiagnosticBag bag = new();
            foreach (ManifestSection section in image.Manifest.Sections.Where(s => ImageLayout.IsCheckedAtOpening(s.Name)))
            {
                image.Verify(section, bag);
            }

            bag.ThrowIfErrors();
            return image;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file begins as images do; nothing else of it is looked at.</summary>
    /// <exception cref="CompilationException">It cannot be read (FLC1001).</exception>
    public static bool HasSignature(string path)
    {
        byte[] start = ReadStart(path, out int count);
        return count == start.Length && start.AsSpan(ImageLayout.LengthBytes).SequenceEqual(ImageLayout.Signature);
    }

    /// <summary>Whether there is a section of that name.</summary>
    public bool Has(string name) => _sections.ContainsKey(name);

    /// <summary>A section's bytes.</summary>
    /// <exception cref="CompilationException">There is no such section (FLC4005).</exception>
    public ImageSection Section(string name) =>
        _sections.TryGetValue(name, out ImageSection section) ? section : throw new CompilationException(
        Codes.ImageDamaged, $"the image has no section '{name}'", Path);

    /// <summary>Reads every section whole and compares its hash to the manifest's; padding has to be zero.</summary>
    /// <param name="verified">Called with each section when it has been read, for progress; from several
    /// threads, in any order.</param>
    /// <param name="threads">How many sections to read at once; -1 for one per processor.</param>
    /// <exception cref="CompilationException">Sections differ (FLC4005); all of them are named, in the order
    /// of the file.</exception>
    public void VerifySections(Action<ManifestSection>? verified = null, int threads = -1)
    {
        DiagnosticBag[] found = [.. Manifest.Sections.Select(_ => new DiagnosticBag())];
        Parallel.For(0, found.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            Verify(Manifest.Sections[i], found[i]);
            verified?.Invoke(Manifest.Sections[i]);
        });

        DiagnosticBag bag = new();
        foreach (Diagnostic damage in found.SelectMany(f => f.Items))
        {
            bag.Error(damage.Code, damage.Message, damage.Location, damage.Help);
        }

        foreach (SafetensorsTensor padding in _file.Tensors.Where(t => !_sections.ContainsKey(t.Name)))
        {
            if (_file.Span(padding, 0, (int)padding.ByteLength).ContainsAnyExcept((byte)0))
            {
                bag.Error(
                    Codes.ImageDamaged, $"the padding '{padding.Name}' is not zero", Path,
                    "fetch or compile the image again");
            }
        }

        bag.ThrowIfErrors();
    }

    /// <summary>
    /// Refuses the image if it was compiled for another machine, and says field by field how they differ.
    /// </summary>
    /// <exception cref="CompilationException">FLC4004.</exception>
    public void RequireGeometry(Geometry wanted) => VersionCheck.Require(Manifest, wanted, Path);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Looks at the first bytes, so that nothing of a file that is no image is read.</summary>
    private static void RequireSignature(string path)
    {
        byte[] start = ReadStart(path, out int count);
        if (count < start.Length || !start.AsSpan(ImageLayout.LengthBytes).SequenceEqual(ImageLayout.Signature))
        {
            bool isCheckpoint = count == start.Length && start[ImageLayout.LengthBytes] == (byte)'{';
            throw new CompilationException(
                Codes.ImageForeign,
                $"not a flightc image{(isCheckpoint ? ", but perhaps a checkpoint in safetensors format" : "")}",
                path,
                "'flightc compile MODEL -t TARGET -o IMAGE' makes one");
        }

        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (header > ImageLayout.MaxHeaderBytes)
        {
            throw Damaged(
                path, $"the header claims {header} bytes; an image has at most {ImageLayout.MaxHeaderBytes}");
        }
    }

    private static byte[] ReadStart(string path, out int count)
    {
        byte[] start = new byte[ImageLayout.LengthBytes + ImageLayout.Signature.Length];
        using FileStream stream = InputFile.Open(
            path, "image", "a compiled image", "'flightc compile MODEL -t TARGET -o IMAGE' makes one");
        count = InputFile.Fill(path, stream, start);
        return start;
    }

    private static SafetensorsFile OpenContainer(string path)
    {
        try
        {
            return SafetensorsFile.Open(path);
        }
        catch (CompilationException e) when (e.Diagnostics[0].Code == Codes.SafetensorsInvalid)
        {
            throw Damaged(path, e.Diagnostics[0].Message);
        }
    }

    private static ImageManifest ReadManifest(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(ImageLayout.ManifestKey, out string? text)
            || !file.Metadata.TryGetValue(ImageLayout.HashKey, out string? expected))
        {
            throw Damaged(file.Path, $"the header lacks '{ImageLayout.ManifestKey}' or '{ImageLayout.HashKey}'");
        }

        string found = ImageLayout.HashOf(text);
        if (found != expected)
        {
            throw Damaged(file.Path, $"the manifest has the hash {found}; {Excerpt.Of(expected)} was expected");
        }

        ImageManifest manifest = ImageManifest.Parse(text, file.Path);
        RequireHeader(file, manifest);
        return manifest;
    }

    /// <summary>
    /// The header has to be the one that this manifest calls for, byte by byte, spaces at its end aside.
    /// </summary>
    private static void RequireHeader(SafetensorsFile file, ImageManifest manifest)
    {
        foreach (ManifestSection section in manifest.Sections)
        {
            if (!ImageLayout.IsSectionName(section.Name))
            {
                throw Damaged(file.Path, $"'{Excerpt.Of(section.Name)}' cannot be the name of a section");
            }

            if (!file.TryGet(section.Name, out SafetensorsTensor tensor) || tensor.ByteLength != section.Bytes)
            {
                string found = tensor is null ? "is missing" : $"has {tensor.ByteLength} bytes";
                throw Damaged(
                    file.Path, $"the section '{section.Name}' {found}; {section.Bytes} bytes were expected");
            }
        }

        byte[] wanted;
        try
        {
            wanted = ImageLayout.Header(manifest);
        }
        catch (OverflowException)
        {
            throw Damaged(file.Path, "the sections are larger than a file can be");
        }

        if (file.DataOffset % ImageLayout.Alignment != 0 || !file.Header.TrimEnd((byte)' ').SequenceEqual(wanted))
        {
            throw Damaged(file.Path, "the header is not the one that the manifest calls for");
        }
    }

    private void Verify(ManifestSection section, DiagnosticBag bag)
    {
        ImageSection bytes = _sections[section.Name];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = 0; at < bytes.Length; at += HashPiece)
        {
            hash.AppendData(new ReadOnlySpan<byte>(bytes.Pointer + at, (int)Math.Min(HashPiece, bytes.Length - at)));
        }

        string found = Convert.ToHexStringLower(hash.GetCurrentHash());
        if (found != section.Sha256)
        {
            bag.Error(
                Codes.ImageDamaged,
                $"the section '{section.Name}' has the hash {found}; {section.Sha256} was expected", Path,
                "fetch or compile the image again");
        }
    }

    private static CompilationException Damaged(string path, string message) =>
        new(Codes.ImageDamaged, message, path, "fetch or compile the image again");
}
