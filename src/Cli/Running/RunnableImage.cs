using Flightc.Cli.Compiling;
using Flightc.Container;
using Flightc.Runtime;
using Flightc.Tokenizers;

namespace Flightc.Cli.Running;

/// <summary>An image with what stands in it about text.</summary>
internal sealed class RunnableImage : IDisposable
{
    /// <summary>Opens an image.</summary>
    /// <exception cref="Diagnostics.CompilationException">It cannot be read, or is damaged.</exception>
    public RunnableImage(string path)
    {
        Loaded = LoadedImage.Open(path);
        try
        {
            Tokenizer = Bytes(SectionNames.Tokenizer) is { Length: > 0 } json ? Tokenizer.FromJson(json, $"tokenizer of {path}") : null;
            Defaults = GenerationDefaults.Parse(Bytes(SectionNames.Generation), path);
        }
        catch
        {
            Loaded.Dispose();
            throw;
        }
    }

    /// <summary>The program and its memory.</summary>
    public LoadedImage Loaded { get; }

    /// <summary>Null where the image has none.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>How the model's authors want text generated.</summary>
    public GenerationDefaults Defaults { get; }

    /// <inheritdoc/>
    public void Dispose() => Loaded.Dispose();

    private byte[] Bytes(string section) => Loaded.Image.Has(section) ? Loaded.Image.Section(section).Span.ToArray() : [];
}
