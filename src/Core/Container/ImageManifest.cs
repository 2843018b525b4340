using Flightc.Isa;
using Flightc.Recipes;

namespace Flightc.Container;

/// <summary>
/// What an image says of itself. It holds neither times nor paths, so that the same inputs give the same
/// bytes.
/// </summary>
/// <param name="Tool">Version of the flightc that wrote it.</param>
/// <param name="Isa">Version of the instruction set.</param>
/// <param name="Geometry">The machine it was compiled for.</param>
/// <param name="Recipe">The recipe, with its content.</param>
/// <param name="Model">The model.</param>
/// <param name="ContextLength">The most tokens of a sequence.</param>
/// <param name="WeightCount">Weights of the model; a tied matrix counts once.</param>
/// <param name="WeightBytes">Bytes of the sections that hold them, with padding and scales.</param>
/// <param name="Inputs">Files that were read, in order of their names.</param>
/// <param name="Weights">The weights, in the model's order.</param>
/// <param name="Sections">The sections, in the order of the file. The writer fills them in.</param>
public sealed record ImageManifest(
    string Tool, string Isa, Geometry Geometry, Recipe Recipe, ManifestModel Model, int ContextLength,
    long WeightCount, long WeightBytes,
    IReadOnlyList<ManifestInput> Inputs, IReadOnlyList<ManifestWeight> Weights,
    IReadOnlyList<ManifestSection> Sections)
{
    /// <summary>
    /// Version of the container and of the manifest's keys. Raised by every change that an older reader would
    /// misread.
    /// </summary>
    public const int FormatVersion = 1;

    /// <summary>
    /// Stands in for a hash that is not known yet; hashes are replaced in place, so all are of one length.
    /// </summary>
    public const string UnknownHash = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Size of the weights: <see cref="WeightBytes"/> · 8 ÷ <see cref="WeightCount"/>.</summary>
    public double BitsPerWeight => WeightCount == 0 ? 0 : WeightBytes * 8.0 / WeightCount;

    /// <summary>
    /// The text form: JSON with a line for every section and weight, keys in order. <see cref="Parse"/> reads
    /// it back.
    /// </summary>
    public override string ToString() => CanonicalJson.Lines(ManifestText.ToJson(this));

    /// <summary>Reads the text form, or the same without white space as it stands in an image.</summary>
    /// <param name="text">The text.</param>
    /// <param name="location">Where it comes from, for messages.</param>
    /// <exception cref="Diagnostics.CompilationException">It is no manifest (FLC4005), or of another version
    /// (FLC4004).</exception>
    public static ImageManifest Parse(string text, string location) => ManifestText.Parse(text, location);

    /// <summary>The one-line form that an image holds.</summary>
    internal string ToLine() => CanonicalJson.Line(ManifestText.ToJson(this));
}
