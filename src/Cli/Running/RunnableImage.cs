using Flightc.Chat;
using Flightc.Cli.Compiling;
using Flightc.Container;
using Flightc.Runtime;
using Flightc.Tokenizers;

namespace Flightc.Cli.Running;

/// <summary>An image with what stands in it about text.</summary>
internal sealed class RunnableImage : IDisposable
{
    /// <summary>Opens an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="withSymbols">Whether names of activations will be needed.</param>
    /// <exception cref="Diagnostics.CompilationException">It cannot be read, or is damaged.</exception>
    public RunnableImage(string path, bool withSymbols = false)
    {
        Loaded = LoadedImage.Open(path, withSymbols);
        try
        {
            Tokenizer = ReadTokenizer(Loaded.Image);
            Defaults = ReadDefaults(Loaded.Image);
            Chat = ReadChat(Loaded.Image);
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

    /// <summary>How conversations are written; null where the model does not say.</summary>
    public ChatDefinition? Chat { get; }

    /// <inheritdoc/>
    public void Dispose() => Loaded.Dispose();

    /// <summary>The tokenizer of an image; null where it has none.</summary>
    /// <exception cref="Diagnostics.CompilationException">It is damaged (FLC1301).</exception>
    public static Tokenizer? ReadTokenizer(Image image) =>
        Bytes(image, SectionNames.Tokenizer) is { Length: > 0 } json
            ? Tokenizer.FromJson(json, $"tokenizer of {image.Path}")
            : null;

    /// <summary>How the model's authors want text generated.</summary>
    /// <exception cref="Diagnostics.CompilationException">The section is damaged (FLC4005).</exception>
    public static GenerationDefaults ReadDefaults(Image image) =>
        GenerationDefaults.Parse(Bytes(image, SectionNames.Generation), image.Path);

    /// <summary>How conversations are written; null where the image does not say.</summary>
    /// <exception cref="Diagnostics.CompilationException">The section is damaged (FLC4005).</exception>
    public static ChatDefinition? ReadChat(Image image) =>
        Bytes(image, SectionNames.Chat) is { Length: > 0 } json
            ? ChatDefinition.Parse(json, $"chat template of {image.Path}")
            : null;

    private static byte[] Bytes(Image image, string section) =>
        image.Has(section) ? image.Section(section).Span.ToArray() : [];
}
